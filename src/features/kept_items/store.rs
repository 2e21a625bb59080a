//! SQL of tombstones.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::db::schema::deleted_items;
use crate::work::Work;

/// Inserts the tombstone of the item `id` of the type `kind`.
pub(super) async fn insert_tombstone(work: &mut Work, id: Uuid, kind: &str) -> QueryResult<()> {
    diesel::insert_into(deleted_items::table)
        .values((
            deleted_items::id.eq(id),
            deleted_items::user_id.eq(work.user),
            deleted_items::kind.eq(kind),
            deleted_items::deleted_at.eq(work.now),
        ))
        .execute(work)
        .await
        .map(drop)
}

/// Loads the types of those of `ids` that were deleted.
pub(super) async fn load(conn: &mut AsyncPgConnection, ids: &[Uuid]) -> QueryResult<Vec<(Uuid, String)>> {
    deleted_items::table
        .filter(deleted_items::id.eq_any(ids))
        .select((deleted_items::id, deleted_items::kind))
        .load(conn)
        .await
}
