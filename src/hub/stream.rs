use std::collections::VecDeque;
use std::sync::Arc;

use diesel_async::AsyncPgConnection;
use futures::Stream;
use thiserror::Error;
use tokio::sync::broadcast::{self, error::RecvError, error::TryRecvError};

use super::{Announcement, EventRow, SharedHub, StreamedEvent, log};
use crate::db::{Db, DbError};
use crate::id::UserId;

/// Number of events read from the table at once.
const PAGE_SIZE: i64 = 500;
/// Number of announced events above which no further announcement is taken.
const MOST_READY: usize = 128;

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
    live: broadcast::Receiver<Arc<Announcement>>,
    /// Events that are ready to be returned.
    ready: VecDeque<StreamedEvent>,
    /// The number of the last event that was ever ready.
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
            ready: VecDeque::new(),
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
            if let Some(next) = self.ready.pop_front() {
                return Ok(next.row);
            }
            self.make_ready().await?;
        }
    }

    /// As a stream that ends after an error, of the events that are ready at the same time: at least one, and at most
    /// `most`.
    pub fn into_groups(
        self,
        most: usize,
    ) -> impl Stream<Item = Result<Vec<StreamedEvent>, StreamError>> + Send {
        futures::stream::unfold(Some(self), move |state| async move {
            let mut events = state?;
            let next = events.next_group(most).await;
            let rest = next.is_ok().then_some(events);
            Some((next, rest))
        })
    }

    async fn next_group(&mut self, most: usize) -> Result<Vec<StreamedEvent>, StreamError> {
        while self.ready.is_empty() {
            self.make_ready().await?;
        }
        let count = self.ready.len().min(most);
        Ok(self.ready.drain(..count).collect())
    }

    /// Waits for events, or finds out that the table has to be read. To be called again while none is ready.
    async fn make_ready(&mut self) -> Result<(), StreamError> {
        if self.is_behind {
            // Boxed, because each subscription keeps this future, and most never read.
            return Box::pin(self.read_page()).await;
        }
        match self.live.recv().await {
            Ok(announced) => self.take(&announced),
            Err(RecvError::Lagged(_)) => self.is_behind = true,
            // The hub ends with the server.
            Err(RecvError::Closed) => std::future::pending().await,
        }
        // What a transaction appended is announced at once.
        while !self.is_behind && self.ready.len() < MOST_READY {
            match self.live.try_recv() {
                Ok(announced) => self.take(&announced),
                Err(TryRecvError::Lagged(_)) => self.is_behind = true,
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        Ok(())
    }

    fn take(&mut self, announced: &Announcement) {
        for row in &announced.rows {
            if row.sequence == self.last + 1 {
                self.last = row.sequence;
                self.ready
                    .push_back(StreamedEvent::new(row.clone(), announced.committed));
            } else if row.sequence > self.last {
                // An announcement was lost or overtook another; the table has them all.
                self.is_behind = true;
                return;
            }
        }
    }

    /// Reads events from the table when none is ready.
    async fn read_page(&mut self) -> Result<(), StreamError> {
        let mut tx = self.db.begin_without_limits(self.user).await?;
        let rows = log::load_after(&mut tx, self.user, self.last, PAGE_SIZE).await?;
        tx.commit().await?;
        // Events were deleted while this stream was behind.
        if rows.first().is_some_and(|row| row.sequence > self.last + 1) {
            return Err(StreamError::TooOld);
        }
        self.is_behind = i64::try_from(rows.len()).is_ok_and(|read| read == PAGE_SIZE);
        if let Some(newest) = rows.last() {
            self.last = newest.sequence;
        }
        let read = rows.into_iter().map(|row| StreamedEvent::new(row, None));
        self.ready.extend(read);
        Ok(())
    }
}
