//! Channels of the events of each user, for the servers that are compared with AMDA.

use async_graphql::SimpleObject;
use tokio::sync::broadcast;

/// Number of users.
const USERS: usize = 1_000;
/// Number of events that a subscriber may be behind, as in AMDA.
const BACKLOG: usize = 128;

/// An event with the fields, and about the size, of one of AMDA's.
#[derive(Debug, Clone, SimpleObject)]
pub(super) struct Event {
    pub(super) cursor: String,
    pub(super) sequence: usize,
    pub(super) kind: &'static str,
    pub(super) occurred_at: &'static str,
}

/// A channel for each user.
pub(super) struct Topics<T>(Vec<broadcast::Sender<T>>);

impl<T: Clone> Topics<T> {
    pub(super) fn new() -> Self {
        Self((0..USERS).map(|_| broadcast::Sender::new(BACKLOG)).collect())
    }

    pub(super) fn subscribe(&self, user: usize) -> broadcast::Receiver<T> {
        self.0[user].subscribe()
    }

    /// Tells a user.
    pub(super) fn publish(&self, user: usize, event: T) {
        // Nobody may be subscribed.
        let _ = self.0[user].send(event);
    }
}

impl Event {
    pub(super) fn numbered(sequence: usize) -> Self {
        Self {
            cursor: format!("ZXZlbnQ6{sequence:06}"),
            sequence,
            kind: "PROFILE_CHANGED",
            occurred_at: "2026-11-30T12:00:00.000000Z",
        }
    }

    /// The message by which a subscriber with the operation `1` hears of the event.
    pub(super) fn message(&self) -> String {
        let Self {
            cursor,
            sequence,
            kind,
            occurred_at,
        } = self;
        format!(
            r#"{{"id":"1","type":"next","payload":{{"data":{{"events":{{"cursor":"{cursor}","sequence":{sequence},"kind":"{kind}","occurredAt":"{occurred_at}"}}}}}}}}"#
        )
    }
}
