use crate::retention::{Aged, Keeping};

/// Automatic answers, kept since they were decided on.
pub(super) const EXPIRY: Aged = Aged {
    name: "automatic answers",
    table: "auto_replies",
    since: "created_at",
    keeping: Keeping::Plan,
};
