//! Viewers of the owner's statuses: one table a feature, of the same columns.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::db::KeepPrepared as _;
use crate::db::schema::contacts;
use crate::graphql::{Page, by_page};
use crate::id::ContactId;
use crate::work::Work;

/// A contact who viewed a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusView {
    /// The contact.
    pub contact: ContactId,
    /// The time of their first view, by WhatsApp's clock.
    pub viewed_at: DateTime<Utc>,
}

/// Name of a table with the viewers of statuses: `status_id`, `contact_id`, `user_id` and `viewed_at`.
#[derive(Debug, Clone, Copy)]
pub struct ViewerTable(pub &'static str);

#[derive(QueryableByName)]
struct ViewerCount {
    #[diesel(sql_type = SqlUuid)]
    status_id: Uuid,
    #[diesel(sql_type = BigInt)]
    viewers: i64,
}

#[derive(QueryableByName)]
struct ViewRow {
    #[diesel(sql_type = SqlUuid)]
    status_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    person: ContactId,
    #[diesel(sql_type = Timestamptz)]
    viewed_at: DateTime<Utc>,
}

impl ViewerTable {
    /// Records a view. False when the contact viewed the status before, or is the owner.
    ///
    /// # Errors
    /// The database's.
    pub async fn record(self, work: &mut Work, status: Uuid, viewer: StatusView) -> QueryResult<bool> {
        let is_owner: bool = contacts::table
            .find(viewer.contact)
            .select(contacts::is_self)
            .first(work)
            .await?;
        if is_owner {
            return Ok(false);
        }
        let user = work.user;
        let noted = diesel::sql_query(format!(
            "INSERT INTO {} (status_id, contact_id, user_id, viewed_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT DO NOTHING",
            self.0
        ))
        .bind::<SqlUuid, _>(status)
        .bind::<SqlUuid, _>(viewer.contact)
        .bind::<SqlUuid, _>(user)
        .bind::<Timestamptz, _>(viewer.viewed_at)
        .keep_prepared()
        .execute(work)
        .await?;
        Ok(noted == 1)
    }

    /// Adds the viewers whom `from` has of its status `earlier` to those of `status`.
    ///
    /// # Errors
    /// The database's.
    pub async fn copy(self, work: &mut Work, status: Uuid, from: Self, earlier: Uuid) -> QueryResult<()> {
        diesel::sql_query(format!(
            "INSERT INTO {} (status_id, contact_id, user_id, viewed_at) \
             SELECT $1, contact_id, user_id, viewed_at FROM {} WHERE status_id = $2 \
             ON CONFLICT DO NOTHING",
            self.0, from.0
        ))
        .bind::<SqlUuid, _>(status)
        .bind::<SqlUuid, _>(earlier)
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
    }

    /// Counts the viewers of each of `statuses`; a status without viewers is left out. Two contact rows of one person
    /// count once.
    ///
    /// # Errors
    /// The database's.
    pub async fn count(
        self,
        conn: &mut AsyncPgConnection,
        statuses: Vec<Uuid>,
    ) -> QueryResult<HashMap<Uuid, i64>> {
        let rows: Vec<ViewerCount> = diesel::sql_query(format!(
            "SELECT status_id, count(DISTINCT coalesce(contacts.same_as, contacts.id)) AS viewers \
             FROM {} JOIN contacts ON contacts.id = contact_id \
             WHERE status_id = ANY($1) GROUP BY status_id",
            self.0
        ))
        .bind::<Array<SqlUuid>, _>(statuses)
        .keep_prepared()
        .load(conn)
        .await?;
        Ok(rows.into_iter().map(|row| (row.status_id, row.viewers)).collect())
    }

    /// Pages of the viewers of statuses, each person once with their first view, newest first; an empty one is left out.
    /// One statement reads the same page of all statuses.
    ///
    /// # Errors
    /// The database's.
    pub async fn pages(
        self,
        conn: &mut AsyncPgConnection,
        wanted: impl Iterator<Item = (Page, Uuid)>,
    ) -> QueryResult<HashMap<(Page, Uuid), Vec<StatusView>>> {
        let mut found = HashMap::new();
        for (page, statuses) in by_page(wanted) {
            let views = self.page(conn, statuses, page).await?;
            found.extend(views.into_iter().map(|(status, views)| ((page, status), views)));
        }
        Ok(found)
    }

    async fn page(
        self,
        conn: &mut AsyncPgConnection,
        statuses: Vec<Uuid>,
        page: Page,
    ) -> QueryResult<HashMap<Uuid, Vec<StatusView>>> {
        let from = page.from;
        let (beyond, order) = if page.is_backwards {
            (">", "ASC")
        } else {
            ("<", "DESC")
        };
        let rows: Vec<ViewRow> = diesel::sql_query(format!(
            "SELECT status.id AS status_id, person, viewed_at \
             FROM unnest($1) AS status (id) CROSS JOIN LATERAL ( \
                 SELECT person, viewed_at FROM ( \
                     SELECT coalesce(contacts.same_as, contacts.id) AS person, min(viewed_at) AS viewed_at \
                     FROM {} JOIN contacts ON contacts.id = contact_id \
                     WHERE status_id = status.id GROUP BY 1 \
                 ) AS seen \
                 WHERE $2 IS NULL OR (viewed_at, person) {beyond} ($2, $3) \
                 ORDER BY viewed_at {order}, person {order} LIMIT $4 \
             ) AS page \
             ORDER BY viewed_at {order}, person {order}",
            self.0
        ))
        .bind::<Array<SqlUuid>, _>(statuses)
        .bind::<Nullable<Timestamptz>, _>(from.map(|from| from.at))
        .bind::<Nullable<SqlUuid>, _>(from.map(|from| from.id))
        .bind::<BigInt, _>(page.limit())
        .keep_prepared()
        .load(conn)
        .await?;
        let mut pages: HashMap<Uuid, Vec<StatusView>> = HashMap::new();
        for row in rows {
            pages.entry(row.status_id).or_default().push(StatusView {
                contact: row.person,
                viewed_at: row.viewed_at,
            });
        }
        Ok(pages)
    }
}
