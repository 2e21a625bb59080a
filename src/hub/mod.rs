//! The stream of a user's events: numbered in the database, announced after commit, replayed from any cursor.
//!
//! ```text
//! append (in the change's transaction) -> COMMIT -> Hub::publish -> EventStream: table until caught up, then live
//! ```
//!
//! The table carries truth, the hub carries notices: a notice that is lost, late or out of order costs a read of the
//! table, never an event. Nothing here waits for a subscriber. The oldest events leave the table in their time; a cursor
//! from before them is refused, so that nobody takes what is missing for what never happened.

mod local;
mod log;
mod stream;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::broadcast;
use uuid::Uuid;

use crate::id::{self, AccountId, UserId};

pub use crate::kinds::EventKind;

pub use local::LocalHub;
pub use log::{append, count_before, forget_before, load_after, load_newest};
pub use stream::{EventStream, StreamError};

/// A hub that everybody shares.
pub type SharedHub = Arc<dyn Hub>;

/// An event that has no number yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// What it is about.
    pub kind: EventKind,
    /// Which account it happened to, where one did.
    pub account: Option<AccountId>,
    /// The row that changed; which table follows from the kind.
    pub subject: Uuid,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
}

impl NewEvent {
    /// The global id of the row that it is about; none where the kind does not say of which type that was.
    pub fn subject_id(&self) -> Option<String> {
        let subject_type = self.kind.subject_type()?;
        Some(id::to_global(subject_type, self.subject.into()))
    }
}

/// An event in its place in a user's sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// The user's own number: 1, 2, 3 and so on without a gap.
    pub sequence: i64,
    /// The event.
    pub event: NewEvent,
}

/// Announces committed events to whoever listens.
pub trait Hub: std::fmt::Debug + Send + Sync {
    /// Announces what a transaction of `user` appended. Called after its commit; never blocks.
    fn publish(&self, user: UserId, rows: &[EventRow]);

    /// Listens to announcements for `user` from now on. A listener that falls behind is told so by the channel and
    /// reads the table.
    fn subscribe(&self, user: UserId) -> broadcast::Receiver<EventRow>;

    /// Hears from now on who has new events, whoever it is. A listener that falls behind is told so by the channel and
    /// asks the table.
    fn subscribe_to_all(&self) -> broadcast::Receiver<UserId>;
}
