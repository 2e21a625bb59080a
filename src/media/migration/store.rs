use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::schema::media;
use crate::id::{MediaId, UserId};
use crate::media::store::Stored;
use crate::media::{MediaRow, MediaState, Storage};
use crate::work::Work;

/// The number and the size of the user's files that are not stored as `storage`.
pub(super) async fn total_elsewhere(
    conn: &mut AsyncPgConnection,
    user: UserId,
    storage: Storage,
) -> QueryResult<(i64, i64)> {
    let sum = diesel::dsl::sql::<diesel::sql_types::BigInt>("coalesce(sum(size_bytes), 0)::bigint");
    media::table
        .filter(media::user_id.eq(user).and(media::state.eq(MediaState::Stored)))
        .filter(media::storage.ne(storage))
        .select((diesel::dsl::count_star(), sum))
        .first(conn)
        .await
}

/// A page of the user's files that are not stored as `storage`: the next `limit` after `behind` in the order of ids.
pub(super) async fn page_elsewhere(
    conn: &mut AsyncPgConnection,
    user: UserId,
    storage: Storage,
    behind: Option<MediaId>,
    limit: i64,
) -> QueryResult<Vec<MediaRow>> {
    let mut rows = media::table
        .filter(media::user_id.eq(user).and(media::state.eq(MediaState::Stored)))
        .filter(media::storage.ne(storage))
        .order(media::id)
        .limit(limit)
        .select(MediaRow::as_select())
        .into_boxed();
    if let Some(behind) = behind {
        rows = rows.filter(media::id.gt(behind));
    }
    rows.load(conn).await
}

/// Names the copy `stored` as the content of the file `id` in place of the object `former`; false when the file has another
/// content by now, or is gone.
pub(super) async fn name_copy(
    work: &mut Work,
    id: MediaId,
    former: &str,
    stored: &Stored,
) -> QueryResult<bool> {
    let file = media::table.find(id).filter(media::object_key.eq(former));
    let named = diesel::update(file)
        .set((
            media::object_key.eq(&stored.object.object_key),
            media::storage.eq(stored.storage),
            media::stored_bytes.eq(i64::try_from(stored.written.stored_bytes).unwrap_or(i64::MAX)),
        ))
        .execute(work)
        .await?;
    Ok(named > 0)
}
