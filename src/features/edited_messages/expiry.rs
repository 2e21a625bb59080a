use crate::retention::{Aged, Keeping};

/// What edited messages said, kept since the last edit.
pub(super) const EXPIRY: Aged = Aged {
    name: "edited messages",
    table: "edited_messages",
    since: "last_edited_at",
    keeping: Keeping::Plan,
};
