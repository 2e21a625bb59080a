use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::EventKind;
#[cfg(test)]
use crate::id::UserId;
use crate::id::{self, AccountId};
use crate::metrics::{Commit, note_commit};

/// An event without a number yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// The kind of change.
    pub kind: EventKind,
    /// The account it happened to, where there is one.
    pub account: Option<AccountId>,
    /// The row that changed; which table follows from the kind.
    pub subject: Uuid,
    /// The time at which it happened.
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
    /// The number in the user's sequence: 1, 2, 3 and so on without a gap.
    pub sequence: i64,
    /// The event.
    pub event: NewEvent,
}

#[cfg(test)]
impl EventRow {
    /// Some event of `user`, as number `sequence`.
    pub(super) fn numbered(user: UserId, sequence: i64) -> Self {
        let event = NewEvent {
            kind: EventKind::AccountChanged,
            account: None,
            subject: user.as_uuid(),
            occurred_at: DateTime::UNIX_EPOCH,
        };
        Self { sequence, event }
    }
}

/// Events of one user as the hub announces them: mostly those of one commit.
#[derive(Debug)]
pub struct Announcement {
    /// The events, in order and without a gap; at least one.
    pub rows: Box<[EventRow]>,
    /// Their commit; none when another node committed them.
    pub committed: Option<Commit>,
    /// False when it is known that nothing of what is to be sent has changed since the announcement before.
    pub may_have_sends: bool,
}

/// An event as a stream has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamedEvent {
    /// The event.
    pub row: EventRow,
    /// Its commit; none when another node committed it, or when it was read from the table.
    committed: Option<Commit>,
}

impl StreamedEvent {
    /// The event `row`, which `committed` committed.
    pub(super) const fn new(row: EventRow, committed: Option<Commit>) -> Self {
        Self { row, committed }
    }

    /// Notes that the event is shown next, by which is measured how late it is.
    pub fn note_shown(&self) {
        note_commit(self.committed);
    }
}
