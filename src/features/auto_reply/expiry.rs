//! Expiry of automatic replies.

use crate::retention::{ExpiringRows, Keeping};

/// Expiry of automatic replies, counted from their creation.
pub const EXPIRY: ExpiringRows = ExpiringRows {
    name: "automatic replies",
    table: "auto_replies",
    since: "created_at",
    only: None,
    keeping: Keeping::Plan,
};
