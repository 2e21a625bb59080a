//! Timers of disappearing chats.

use diesel::prelude::*;
use diesel::sql_types::Uuid as SqlUuid;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::KeepPrepared as _;
use crate::db::schema::chats;
use crate::event::ChatTimer;
use crate::id::ChatId;
use crate::work::Work;

/// Remembers the timer of `chat`, unless one that was set later is known.
///
/// # Errors
/// The database's.
pub async fn remember_timer(work: &mut Work, chat: ChatId, timer: ChatTimer) -> QueryResult<()> {
    let is_older = chats::timer_set_at
        .is_null()
        .or(chats::timer_set_at.le(timer.set_at));
    // Each message of the chat tells the timer; the row is written only when it changes.
    let is_other = chats::timer_seconds.is_distinct_from(timer.seconds);
    diesel::update(chats::table.find(chat))
        .filter(is_older.and(is_other))
        .set((
            chats::timer_seconds.eq(Some(timer.seconds)),
            chats::timer_set_at.eq(Some(timer.set_at)),
        ))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}

/// The time after which messages of `chat` disappear; none where they stay.
///
/// # Errors
/// The database's.
pub async fn timer_seconds(conn: &mut AsyncPgConnection, chat: ChatId) -> QueryResult<Option<u32>> {
    let known: Option<Option<i32>> = chats::table
        .find(chat)
        .select(chats::timer_seconds)
        .first(conn)
        .await
        .optional()?;
    let seconds = known.flatten().and_then(|seconds| u32::try_from(seconds).ok());
    Ok(seconds.filter(|seconds| *seconds > 0))
}

/// Gives the chat `$2` the timer of the chat `$1` with the same person, where that was set later.
const MOVE_TIMER: &str =
    "UPDATE chats SET timer_seconds = former.timer_seconds, timer_set_at = former.timer_set_at
    FROM chats AS former WHERE former.id = $1 AND chats.id = $2 AND former.timer_set_at IS NOT NULL
        AND (chats.timer_set_at IS NULL OR chats.timer_set_at < former.timer_set_at)";

/// Keeps the newer timer of two chats that turned out to be one.
pub(super) async fn unite_timers(work: &mut Work, moved: ChatId, staying: ChatId) -> QueryResult<()> {
    diesel::sql_query(MOVE_TIMER)
        .bind::<SqlUuid, _>(moved)
        .bind::<SqlUuid, _>(staying)
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}
