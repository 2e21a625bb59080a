use crate::retention::{Aged, Keeping};

/// Expiry of edited messages, by the time of the last edit.
pub(super) const EXPIRY: Aged = Aged {
    name: "edited messages",
    table: "edited_messages",
    since: "last_edited_at",
    keeping: Keeping::Plan,
};
