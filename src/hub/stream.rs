use std::collections::VecDeque;

use diesel_async::AsyncPgConnection;
use futures::Stream;
use thiserror::Error;
use tokio::sync::broadcast::{self, error::RecvError};

use super::{Announcement, EventRow, SharedHub, log};
use crate::db::{Db, DbError};
use crate::id::UserId;
use crate::metrics::{Commit, note_commit};

/// Number of events read from the table at once.
const PAGE_SIZE: i64 = 500;

/// Error that ends a stream of events.
#[derive(Debug, Error)]
pub enum StreamError {
    /// The table could not be read; the stream can be resumed from the last cursor.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The cursor is of an event that has not happened.
    #[error("the cursor is ahead of the newest event; pass a cursor that this user's events gave, or none")]
    AheadOfTime,
    /// Events after the cursor are no longer kept.
    #[error(
        "the cursor is too old: what followed it is no longer kept; read what you show anew, and go on from the user's \
         eventCursor"
    )]
    TooOld,
}

impl From<diesel::result::Error> for StreamError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Db(error.into())
    }
}

/// Checks that all events of `user` after the one with the number `last` are still kept.
///
/// # Errors
/// [`StreamError`].
pub async fn require_kept(conn: &mut AsyncPgConnection, user: UserId, last: i64) -> Result<(), StreamError> {
    let newest = log::load_newest(conn, user).await?;
    let oldest = log::load_oldest(conn, user).await?;
    if last > newest {
        return Err(StreamError::AheadOfTime);
    }
    if last < newest && oldest.is_none_or(|oldest| oldest > last + 1) {
        return Err(StreamError::TooOld);
    }
    Ok(())
}

/// A user's events after a cursor: first those in the table, then live, in order, each exactly once.
pub struct EventStream {
    db: Db,
    user: UserId,
    live: broadcast::Receiver<Announcement>,
    page: VecDeque<EventRow>,
    last: i64,
    is_behind: bool,
}

impl EventStream {
    /// Opens the stream after the cursor `after`; without one, from the next event on.
    ///
    /// # Errors
    /// [`StreamError`].
    pub async fn open(
        db: Db,
        hub: &SharedHub,
        user: UserId,
        after: Option<i64>,
    ) -> Result<Self, StreamError> {
        // Subscribed before the table is read, so that no event falls in between.
        let live = hub.subscribe(user);
        // Without limits, because the numbers alone prove that no event was missed. Whoever shows the events filters them.
        let mut tx = db.begin_without_limits(user).await?;
        let newest = log::load_newest(&mut tx, user).await?;
        if let Some(after) = after {
            require_kept(&mut tx, user, after).await?;
        }
        let last = after.unwrap_or(newest);
        tx.commit().await?;
        Ok(Self {
            db,
            user,
            live,
            page: VecDeque::new(),
            last,
            is_behind: last < newest,
        })
    }

    /// The next event; waits for it.
    ///
    /// # Errors
    /// [`StreamError::Db`], after which the stream can be asked again, or [`StreamError::TooOld`].
    pub async fn next(&mut self) -> Result<EventRow, StreamError> {
        loop {
            if let Some(row) = self.page.pop_front() {
                return Ok(self.show(row, None));
            }
            if self.is_behind {
                self.read_page().await?;
                continue;
            }
            match self.live.recv().await {
                Ok(Announcement { row, committed, .. }) if row.sequence == self.last + 1 => {
                    return Ok(self.show(row, committed));
                }
                // Already read from the table.
                Ok(Announcement { row, .. }) if row.sequence <= self.last => {}
                // An announcement was lost or overtook another; the table has them all.
                Ok(_) | Err(RecvError::Lagged(_)) => self.is_behind = true,
                // The hub ends with the server.
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
    }

    /// The same as a stream that ends after an error.
    pub fn into_stream(self) -> impl Stream<Item = Result<EventRow, StreamError>> + Send {
        futures::stream::unfold(Some(self), async |state| {
            let mut events = state?;
            let next = events.next().await;
            let rest = next.is_ok().then_some(events);
            Some((next, rest))
        })
    }

    fn show(&mut self, row: EventRow, committed: Option<Commit>) -> EventRow {
        note_commit(committed);
        self.last = row.sequence;
        row
    }

    async fn read_page(&mut self) -> Result<(), StreamError> {
        let mut tx = self.db.begin_without_limits(self.user).await?;
        self.page = log::load_after(&mut tx, self.user, self.last, PAGE_SIZE)
            .await?
            .into();
        tx.commit().await?;
        // Events were deleted while this stream was behind.
        if self.page.front().is_some_and(|row| row.sequence > self.last + 1) {
            self.page.clear();
            return Err(StreamError::TooOld);
        }
        self.is_behind = i64::try_from(self.page.len()).is_ok_and(|read| read == PAGE_SIZE);
        Ok(())
    }
}
