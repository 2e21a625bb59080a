use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::sql_types::{BigInt, Nullable, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::{Expires, Keeping};
use crate::id::UserId;
use crate::work::Work;

/// Rows of a table that are removed by age alone, with nothing but what the table's foreign keys cascade to.
#[derive(Debug, Clone, Copy)]
pub struct ExpiringRows {
    /// Name of the rows, for an operator: plural and lower case.
    pub name: &'static str,
    /// Table of the rows: it has an `id` and a `user_id`.
    pub table: &'static str,
    /// The column of their age; a row in which it is null stays.
    pub since: &'static str,
    /// SQL condition of the rows that may be removed; `None` for all.
    pub only: Option<&'static str>,
    /// Retention of the rows.
    pub keeping: Keeping,
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(diesel::QueryableByName)]
struct Removed {
    #[diesel(sql_type = Nullable<SqlUuid>)]
    named: Option<Uuid>,
}

impl ExpiringRows {
    /// Removes at most `limit` rows of the user of `work` that are older than `before`, the oldest first; returns the
    /// value that each had in `column`, an id. Locked rows are skipped.
    ///
    /// # Errors
    /// The database's.
    pub async fn remove_returning(
        &self,
        work: &mut Work,
        before: DateTime<Utc>,
        limit: i64,
        column: &str,
    ) -> QueryResult<Vec<Option<Uuid>>> {
        let Self { table, since, .. } = self;
        let (only, user) = (self.condition(), work.user);
        // An array, so that the rows are chosen and locked once, before any is removed.
        let removed: Vec<Removed> = diesel::sql_query(format!(
            "DELETE FROM {table} WHERE id = ANY(ARRAY( \
                 SELECT id FROM {table} WHERE user_id = $1 AND {since} < $2{only} \
                 ORDER BY {since}, id LIMIT $3 FOR UPDATE SKIP LOCKED)) \
             RETURNING {column} AS named"
        ))
        .bind::<SqlUuid, _>(user)
        .bind::<Timestamptz, _>(before)
        .bind::<BigInt, _>(limit)
        .load(work)
        .await?;
        Ok(removed.into_iter().map(|row| row.named).collect())
    }

    fn condition(&self) -> String {
        self.only.map(|only| format!(" AND {only}")).unwrap_or_default()
    }
}

#[async_trait]
impl Expires for ExpiringRows {
    fn name(&self) -> &'static str {
        self.name
    }

    fn keeping(&self) -> Keeping {
        self.keeping
    }

    async fn count(
        &self,
        conn: &mut AsyncPgConnection,
        user: UserId,
        before: DateTime<Utc>,
    ) -> QueryResult<i64> {
        let Self { table, since, .. } = self;
        let only = self.condition();
        let counted: Count = diesel::sql_query(format!(
            "SELECT count(*) AS count FROM {table} WHERE user_id = $1 AND {since} < $2{only}"
        ))
        .bind::<SqlUuid, _>(user)
        .bind::<Timestamptz, _>(before)
        .get_result(conn)
        .await?;
        Ok(counted.count)
    }

    async fn expire(&self, work: &mut Work, before: DateTime<Utc>, limit: i64) -> QueryResult<i64> {
        let removed = self.remove_returning(work, before, limit, "id").await?;
        Ok(i64::try_from(removed.len()).unwrap_or(i64::MAX))
    }
}
