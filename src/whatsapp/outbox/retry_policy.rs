//! Decides when a message is given up, and what may be sent a second time.

use chrono::{DateTime, TimeDelta, Utc};

use super::store::OutboxRow;
use crate::event::Outgoing;

/// Most tries for any message.
pub(super) const MAX_TRIES: i32 = 3;
/// Time after which a status, or its deletion, is of no use: a status is gone after a day.
const STATUS_USEFUL_FOR: TimeDelta = TimeDelta::hours(24);
/// Time after which a like, or the view before it, is of no use: a late one makes the author wonder, and the likes of a
/// whole pause must not leave at once.
pub const LIKE_USEFUL_FOR: TimeDelta = TimeDelta::hours(1);
/// Time after which an automatic answer is of no use.
pub const TEXT_USEFUL_FOR: TimeDelta = TimeDelta::minutes(15);

/// Returns true when a second copy changes nothing for its receivers.
pub(super) const fn is_repeatable(outgoing: &Outgoing) -> bool {
    match outgoing {
        // A phone that has a message of this id already drops the second.
        Outgoing::StatusReaction { .. }
        | Outgoing::Status { .. }
        | Outgoing::StatusRevoke { .. }
        | Outgoing::StatusView { .. } => true,
        Outgoing::Text { .. } => false,
    }
}

/// Reason to give a message up; None while it is to be sent.
pub(super) fn reason_to_give_up(
    waiting: &OutboxRow,
    outgoing: &Outgoing,
    now: DateTime<Utc>,
) -> Option<&'static str> {
    let useful_for = match outgoing {
        Outgoing::StatusReaction { .. } | Outgoing::StatusView { .. } => LIKE_USEFUL_FOR,
        Outgoing::Status { .. } | Outgoing::StatusRevoke { .. } => STATUS_USEFUL_FOR,
        Outgoing::Text { .. } => TEXT_USEFUL_FOR,
    };
    if waiting.sent_at.is_some() && !is_repeatable(outgoing) {
        Some("the server stopped while sending it; it may have arrived")
    } else if waiting.attempts >= MAX_TRIES {
        Some("WhatsApp did not answer")
    } else if now - waiting.send_at.max(waiting.created_at) > useful_for {
        Some("it waited too long to be of use")
    } else {
        None
    }
}
