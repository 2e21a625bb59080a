//! Expiry of automatic replies.

use crate::retention::{Aged, Keeping};

/// Expiry of automatic replies, counted from their creation.
pub const EXPIRY: Aged = Aged {
    name: "automatic replies",
    table: "auto_replies",
    since: "created_at",
    keeping: Keeping::Plan,
};
