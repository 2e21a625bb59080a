//! Expiry of automatic replies.

use crate::retention::{Aged, Keeping};

/// Expiry of automatic replies, counted from their creation.
pub(super) const EXPIRY: Aged = Aged {
    name: "automatic answers",
    table: "auto_replies",
    since: "created_at",
    keeping: Keeping::Plan,
};
