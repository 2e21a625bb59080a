//! Viewers of published statuses.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::db::schema::{contacts, scheduled_status_viewers};
use crate::features::scheduled_statuses::ScheduledStatusId;
use crate::features::scheduled_statuses::model::Viewer;
use crate::graphql::Page;
use crate::id::ContactId;
use crate::work::Work;

/// Records a view. False when the contact viewed the status before, or is the owner.
pub(in crate::features::scheduled_statuses) async fn record(
    work: &mut Work,
    status: ScheduledStatusId,
    contact: ContactId,
    at: DateTime<Utc>,
) -> QueryResult<bool> {
    let is_owner: bool = contacts::table
        .find(contact)
        .select(contacts::is_self)
        .first(work)
        .await?;
    if is_owner {
        return Ok(false);
    }
    let noted = diesel::insert_into(scheduled_status_viewers::table)
        .values((
            scheduled_status_viewers::status_id.eq(status),
            scheduled_status_viewers::contact_id.eq(contact),
            scheduled_status_viewers::user_id.eq(work.user),
            scheduled_status_viewers::viewed_at.eq(at),
        ))
        .on_conflict_do_nothing()
        .execute(work)
        .await?;
    Ok(noted == 1)
}

#[derive(QueryableByName)]
struct ViewerCount {
    #[diesel(sql_type = SqlUuid)]
    status_id: ScheduledStatusId,
    #[diesel(sql_type = BigInt)]
    viewers: i64,
}

/// Counts the viewers of each of `statuses`; a status without viewers is left out. Two contact rows of one person
/// count once.
pub(in crate::features::scheduled_statuses) async fn count(
    conn: &mut AsyncPgConnection,
    statuses: &[ScheduledStatusId],
) -> QueryResult<HashMap<ScheduledStatusId, i64>> {
    let ids: Vec<Uuid> = statuses.iter().map(|id| id.as_uuid()).collect();
    let rows: Vec<ViewerCount> = diesel::sql_query(
        "SELECT status_id, count(DISTINCT coalesce(contacts.same_as, contacts.id)) AS viewers \
         FROM scheduled_status_viewers JOIN contacts ON contacts.id = contact_id \
         WHERE status_id = ANY($1) GROUP BY status_id",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .load(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.status_id, row.viewers)).collect())
}

#[derive(QueryableByName)]
struct ViewRow {
    #[diesel(sql_type = SqlUuid)]
    person: ContactId,
    #[diesel(sql_type = Timestamptz)]
    viewed_at: DateTime<Utc>,
}

/// A page of the viewers of a status, each person once with their first view, newest first.
pub(in crate::features::scheduled_statuses) async fn list(
    conn: &mut AsyncPgConnection,
    status: ScheduledStatusId,
    page: Page,
) -> QueryResult<Vec<Viewer>> {
    let after = page.after;
    let rows: Vec<ViewRow> = diesel::sql_query(
        "SELECT person, viewed_at FROM ( \
             SELECT coalesce(contacts.same_as, contacts.id) AS person, min(viewed_at) AS viewed_at \
             FROM scheduled_status_viewers JOIN contacts ON contacts.id = contact_id \
             WHERE status_id = $1 GROUP BY 1 \
         ) AS seen \
         WHERE $2 IS NULL OR (viewed_at, person) < ($2, $3) \
         ORDER BY viewed_at DESC, person DESC LIMIT $4",
    )
    .bind::<SqlUuid, _>(status)
    .bind::<diesel::sql_types::Nullable<Timestamptz>, _>(after.map(|after| after.at))
    .bind::<diesel::sql_types::Nullable<SqlUuid>, _>(after.map(|after| after.id))
    .bind::<BigInt, _>(page.limit())
    .load(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Viewer {
            contact: row.person,
            viewed_at: row.viewed_at,
        })
        .collect())
}
