//! SQL of tombstones.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::db::schema::deleted_items;
use crate::id::UserId;

/// Remembers that the item `id` of the sort `kind` was deleted.
pub(super) async fn bury(
    conn: &mut AsyncPgConnection,
    user: UserId,
    id: Uuid,
    kind: &str,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::insert_into(deleted_items::table)
        .values((
            deleted_items::id.eq(id),
            deleted_items::user_id.eq(user),
            deleted_items::kind.eq(kind),
            deleted_items::deleted_at.eq(now),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// The sorts of those of `ids` that were deleted.
pub(super) async fn load(conn: &mut AsyncPgConnection, ids: &[Uuid]) -> QueryResult<Vec<(Uuid, String)>> {
    deleted_items::table
        .filter(deleted_items::id.eq_any(ids))
        .select((deleted_items::id, deleted_items::kind))
        .load(conn)
        .await
}

/// How many of the user's tombstones are older than `before`.
pub(super) async fn count_before(
    conn: &mut AsyncPgConnection,
    user: UserId,
    before: DateTime<Utc>,
) -> QueryResult<i64> {
    deleted_items::table
        .filter(deleted_items::user_id.eq(user))
        .filter(deleted_items::deleted_at.lt(before))
        .count()
        .get_result(conn)
        .await
}

/// Removes at most `limit` of them, the oldest first; answers with how many.
pub(super) async fn delete_before(
    conn: &mut AsyncPgConnection,
    user: UserId,
    before: DateTime<Utc>,
    limit: i64,
) -> QueryResult<i64> {
    let due: Vec<Uuid> = deleted_items::table
        .filter(deleted_items::user_id.eq(user))
        .filter(deleted_items::deleted_at.lt(before))
        .order((deleted_items::deleted_at, deleted_items::id))
        .limit(limit)
        .select(deleted_items::id)
        .for_update()
        .skip_locked()
        .load(conn)
        .await?;
    let gone = diesel::delete(deleted_items::table.filter(deleted_items::id.eq_any(due)))
        .execute(conn)
        .await?;
    Ok(i64::try_from(gone).unwrap_or(i64::MAX))
}
