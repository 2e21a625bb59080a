//! Rows of statuses that were published before the owner's own ones were recorded.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::statuses::StatusRow;
use crate::db::schema::scheduled_statuses::{self as columns, table as all};
use crate::features::scheduled_statuses::ScheduledStatusId;
use crate::id::UserId;
use crate::work::Work;

diesel::define_sql_function! {
    /// The users with published statuses that are not recorded among the owner's.
    #[sql_name = "amda_users_with_unrecorded_statuses"]
    fn users_with_unrecorded_statuses() -> diesel::sql_types::Uuid;
}

/// The users with published statuses that are not recorded.
pub(in crate::features::scheduled_statuses) async fn users(
    conn: &mut AsyncPgConnection,
) -> QueryResult<Vec<UserId>> {
    diesel::select(users_with_unrecorded_statuses()).load(conn).await
}

/// Locks at most `limit` of the user's statuses that are not recorded. Locked ones are skipped.
pub(in crate::features::scheduled_statuses) async fn lock(
    work: &mut Work,
    limit: i64,
) -> QueryResult<Vec<StatusRow>> {
    all.filter(columns::user_id.eq(work.user).and(columns::is_recorded.eq(false)))
        .limit(limit)
        .select(StatusRow::as_select())
        .for_update()
        .skip_locked()
        .load(work)
        .await
}

/// Marks a status as recorded.
pub(in crate::features::scheduled_statuses) async fn mark_recorded(
    work: &mut Work,
    id: ScheduledStatusId,
) -> QueryResult<()> {
    diesel::update(all.find(id))
        .set(columns::is_recorded.eq(true))
        .execute(work)
        .await
        .map(drop)
}
