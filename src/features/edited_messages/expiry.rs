use crate::retention::{ExpiringRows, Keeping};

/// Expiry of edited messages, by the time of the last edit.
pub(super) const EXPIRY: ExpiringRows = ExpiringRows {
    name: "edited messages",
    table: "edited_messages",
    since: "last_edited_at",
    only: None,
    keeping: Keeping::Plan,
};
