//! Totals over all users, for the metrics of the operator: numbers, and nothing of anybody.

use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Integer, Nullable, Text, Timestamptz};
use diesel::{QueryResult, QueryableByName};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

/// Number of rows of the outbox, and of jobs, at which counting ends.
const MOST_COUNTED: i32 = 100_000;

/// One total.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Total {
    /// What is counted, as the metrics name it.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// The part of it that is counted; empty for the whole.
    #[diesel(sql_type = Text)]
    pub label: String,
    /// The number; none where there is nothing to measure.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub value: Option<i64>,
}

/// All totals at the time `now`. What has no row is 0.
///
/// # Errors
/// The database's.
pub async fn load(conn: &mut AsyncPgConnection, now: DateTime<Utc>) -> QueryResult<Vec<Total>> {
    diesel::sql_query("SELECT name, label, value FROM amda_totals($1, $2)")
        .bind::<Timestamptz, _>(now)
        .bind::<Integer, _>(MOST_COUNTED)
        .load(conn)
        .await
}
