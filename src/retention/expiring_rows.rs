use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::sql_types::{BigInt, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::{Expires, Keeping};
use crate::id::UserId;
use crate::work::Work;

/// Rows of a table that are removed by age alone, with nothing but what the table's foreign keys cascade to.
#[derive(Debug, Clone, Copy)]
pub struct Aged {
    /// Name of the rows, for an operator.
    pub name: &'static str,
    /// Table of the rows: it has an `id` and a `user_id`.
    pub table: &'static str,
    /// The column of their age; a row in which it is null stays.
    pub since: &'static str,
    /// Retention of the rows.
    pub keeping: Keeping,
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[async_trait]
impl Expires for Aged {
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
        let counted: Count = diesel::sql_query(format!(
            "SELECT count(*) AS count FROM {table} WHERE user_id = $1 AND {since} < $2"
        ))
        .bind::<SqlUuid, _>(user)
        .bind::<Timestamptz, _>(before)
        .get_result(conn)
        .await?;
        Ok(counted.count)
    }

    async fn expire(&self, work: &mut Work, before: DateTime<Utc>, limit: i64) -> QueryResult<i64> {
        let (Self { table, since, .. }, user) = (self, work.user);
        // An array, so that the rows are chosen and locked once, before any is removed.
        let gone = diesel::sql_query(format!(
            "DELETE FROM {table} WHERE id = ANY(ARRAY( \
                 SELECT id FROM {table} WHERE user_id = $1 AND {since} < $2 \
                 ORDER BY {since}, id LIMIT $3 FOR UPDATE SKIP LOCKED))"
        ))
        .bind::<SqlUuid, _>(user)
        .bind::<Timestamptz, _>(before)
        .bind::<BigInt, _>(limit)
        .execute(work)
        .await?;
        Ok(i64::try_from(gone).unwrap_or(i64::MAX))
    }
}
