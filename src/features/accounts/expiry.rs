use crate::retention::{ExpiringRows, Keeping};

/// Stretches during which an account heard nothing, kept since they ended.
pub(super) const GAP_EXPIRY: ExpiringRows = ExpiringRows {
    name: "connection gaps",
    table: "connection_gaps",
    since: "ended_at",
    only: None,
    keeping: Keeping::Plan,
};
