//! The storage that a user's media takes, and the limit of their plan.
//!
//! The count is kept by the database with the rows of `media` themselves. A unit of work that is about to store something locks it
//! ([`require_space`]) late in their transaction, so that of two who ask for the last bytes one gets them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::json;
use thiserror::Error;

use crate::db::schema::{media, storage_usage};
use crate::id::UserId;
use crate::notices::{self, NewNotice, NoticeKind};
use crate::plan;
use crate::work::Work;

use super::store::MediaState;

/// The use of the plan's storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StorageUsage {
    /// The size of the stored files, sealed.
    pub used_bytes: i64,
    /// The plan's limit.
    pub limit_bytes: i64,
}

impl StorageUsage {
    /// True when `more_bytes` fit beside the stored files.
    pub fn has_room_for(&self, more_bytes: u64) -> bool {
        let more = i64::try_from(more_bytes).unwrap_or(i64::MAX);
        self.used_bytes.saturating_add(more) <= self.limit_bytes
    }
}

/// A file does not fit into the plan's storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "the plan's {} MiB of media storage are full; delete something and try again",
    .limit_bytes / 1_048_576
)]
pub struct StorageFull {
    /// The plan's limit.
    pub limit_bytes: i64,
    /// The size of the stored files.
    pub used_bytes: i64,
}

/// Error of [`require_space`].
#[derive(Debug, Error)]
pub enum SpaceError {
    /// The plan allows no more.
    #[error(transparent)]
    Full(#[from] StorageFull),
    /// The database failed.
    #[error("the stored media cannot be counted")]
    Query(#[from] diesel::result::Error),
}

/// The use of the plan's storage by `user`, in a transaction of theirs.
///
/// # Errors
/// The database's; `NotFound` when there is no such user.
pub async fn usage(conn: &mut AsyncPgConnection, user: UserId) -> QueryResult<StorageUsage> {
    let used_bytes = storage_usage::table
        .find(user)
        .select(storage_usage::used_bytes)
        .first(conn)
        .await
        .optional()?;
    Ok(StorageUsage {
        used_bytes: used_bytes.unwrap_or(0),
        limit_bytes: plan::entitlements(conn, user).await?.max_media_bytes,
    })
}

/// Makes sure that `more_bytes` (as they are stored, sealed) fit into the plan of the user of `work`, and that nobody
/// else takes them before `work` ends. The count itself moves with the row of the file. Call it late: until then whoever
/// stores or deletes media of the same user waits.
///
/// # Errors
/// [`SpaceError::Full`] says how much there is and how much is used.
pub async fn require_space(work: &mut Work, more_bytes: u64) -> Result<(), SpaceError> {
    let user = work.user;
    lock(work).await?;
    let usage = usage(work, user).await?;
    if usage.has_room_for(more_bytes) {
        Ok(())
    } else {
        Err(StorageFull {
            limit_bytes: usage.limit_bytes,
            used_bytes: usage.used_bytes,
        }
        .into())
    }
}

/// Notifies the user of `work` that the storage is full, once in a calendar month of theirs.
///
/// # Errors
/// The database's.
pub async fn notify_full(work: &mut Work, full: StorageFull) -> QueryResult<()> {
    let (user, now) = (work.user, work.now);
    lock(work).await?;
    let told_at: Option<DateTime<Utc>> = storage_usage::table
        .find(user)
        .select(storage_usage::told_full_at)
        .first(work)
        .await?;
    let this_month = plan::period(work, user, now).await?;
    if let Some(told_at) = told_at
        && plan::period(work, user, told_at).await? == this_month
    {
        return Ok(());
    }
    diesel::update(storage_usage::table.find(user))
        .set(storage_usage::told_full_at.eq(now))
        .execute(work)
        .await?;
    let notice = NewNotice {
        kind: NoticeKind::StorageFull,
        account: None,
        subject: None,
        details: json!({ "limitBytes": full.limit_bytes, "usedBytes": full.used_bytes }),
        at: now,
    };
    notices::post(work, &notice).await.map(drop)
}

/// Counts the user's stored files anew and corrects the count if it is wrong. Returns the old and the new count then,
/// and `None` when it was right.
///
/// # Errors
/// The database's.
pub(super) async fn recount(work: &mut Work) -> QueryResult<Option<(i64, i64)>> {
    // A concurrent store or deletion is either counted in both, or in neither and adds to the count afterwards.
    let counted = lock(work).await?;
    let sum = diesel::dsl::sql::<diesel::sql_types::BigInt>("coalesce(sum(stored_bytes), 0)::bigint");
    let there: i64 = media::table
        .filter(media::user_id.eq(work.user))
        .filter(media::state.eq(MediaState::Stored))
        .select(sum)
        .first(work)
        .await?;
    if there == counted {
        return Ok(None);
    }
    diesel::update(storage_usage::table.find(work.user))
        .set(storage_usage::used_bytes.eq(there))
        .execute(work)
        .await?;
    Ok(Some((counted, there)))
}

/// Locks the user's count until the transaction ends, creating its row when there is none; returns the count.
async fn lock(work: &mut Work) -> QueryResult<i64> {
    diesel::insert_into(storage_usage::table)
        .values((
            storage_usage::user_id.eq(work.user),
            storage_usage::used_bytes.eq(0),
        ))
        .on_conflict_do_nothing()
        .execute(work)
        .await?;
    storage_usage::table
        .find(work.user)
        .select(storage_usage::used_bytes)
        .for_update()
        .first(work)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_byte_fits_and_the_next_does_not() {
        let usage = StorageUsage {
            used_bytes: 60,
            limit_bytes: 100,
        };

        assert!(usage.has_room_for(40));
        assert!(!usage.has_room_for(41));
        assert!(!usage.has_room_for(u64::MAX));
    }

    #[test]
    fn more_than_the_plan_allows_has_room_for_nothing() {
        let usage = StorageUsage {
            used_bytes: 200,
            limit_bytes: 100,
        };

        assert!(!usage.has_room_for(0));
    }
}
