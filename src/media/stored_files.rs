use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::store::{MediaRow, MediaState};
use crate::db::schema::media;
use crate::id::{MediaId, UserId};

/// The stored files of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredTotal {
    /// The number of files.
    pub files: i64,
    /// The size of their plain contents.
    pub size_bytes: i64,
}

/// Counts the user's stored files with ids up to `until`.
///
/// # Errors
/// The database's.
pub async fn total_stored(
    conn: &mut AsyncPgConnection,
    user: UserId,
    until: MediaId,
) -> QueryResult<StoredTotal> {
    let sum = diesel::dsl::sql::<BigInt>("coalesce(sum(size_bytes), 0)::bigint");
    let (files, size_bytes) = media::table
        .filter(media::user_id.eq(user).and(media::id.le(until)))
        .filter(media::state.eq(MediaState::Stored))
        .select((diesel::dsl::count_star(), sum))
        .first(conn)
        .await?;
    Ok(StoredTotal { files, size_bytes })
}

/// A page of the user's files with ids up to `until` that are stored or have a thumbnail: the next `limit` after `behind`,
/// in the order of ids.
///
/// # Errors
/// The database's.
pub async fn page_files(
    conn: &mut AsyncPgConnection,
    user: UserId,
    behind: Option<MediaId>,
    until: MediaId,
    limit: i64,
) -> QueryResult<Vec<MediaRow>> {
    let mut rows = media::table
        .filter(media::user_id.eq(user).and(media::id.le(until)))
        .filter(
            media::state
                .eq(MediaState::Stored)
                .or(media::thumbnail.is_not_null()),
        )
        .order(media::id)
        .limit(limit)
        .select(MediaRow::as_select())
        .into_boxed();
    if let Some(behind) = behind {
        rows = rows.filter(media::id.gt(behind));
    }
    rows.load(conn).await
}
