//! The ledger of quotas as its user reads it.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::ids::QuotaUseId;
use crate::db::schema::quota_uses;
use crate::graphql::{Page, count_rows, newest_first};
use crate::id::UserId;
use crate::plan::Quota;

/// A unit of a quota that was spent.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = quota_uses)]
pub struct Entry {
    /// Its id.
    pub id: QuotaUseId,
    /// The quota.
    pub quota: Quota,
    /// The first day of the month whose count it is in.
    pub period_start: NaiveDate,
    /// The row that it was spent on.
    pub subject_id: Uuid,
    /// Reason for which it was spent, in English.
    pub reason: String,
    /// The time at which it was spent.
    pub created_at: DateTime<Utc>,
    /// The time at which it was given back.
    pub refunded_at: Option<DateTime<Utc>>,
}

/// A page of the user's ledger, the newest first.
pub(super) async fn list(conn: &mut AsyncPgConnection, user: UserId, page: Page) -> QueryResult<Vec<Entry>> {
    let entries = quota_uses::table
        .filter(quota_uses::user_id.eq(user))
        .select(Entry::as_select());
    newest_first!(entries, page, quota_uses::created_at, quota_uses::id)
        .load(conn)
        .await
}

/// The number of entries in the user's ledger, [`MOST_COUNTED`](crate::graphql::MOST_COUNTED) at most.
pub(super) async fn count(conn: &mut AsyncPgConnection, user: UserId) -> QueryResult<i64> {
    count_rows!(conn, quota_uses::table.filter(quota_uses::user_id.eq(user)))
}

/// Those of these entries that are the user's of the transaction.
pub(super) async fn load(conn: &mut AsyncPgConnection, wanted: &[QuotaUseId]) -> QueryResult<Vec<Entry>> {
    quota_uses::table
        .filter(quota_uses::id.eq_any(wanted))
        .select(Entry::as_select())
        .load(conn)
        .await
}
