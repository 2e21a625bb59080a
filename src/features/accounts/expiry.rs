use crate::retention::{Aged, Keeping};

/// Stretches during which an account heard nothing, kept since they ended.
pub(super) const GAP_EXPIRY: Aged = Aged {
    name: "connection gaps",
    table: "connection_gaps",
    since: "ended_at",
    keeping: Keeping::Plan,
};
