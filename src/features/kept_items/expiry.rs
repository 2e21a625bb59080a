use crate::retention::{ExpiringRows, Keeping, REPLAY_DAYS};

/// Expiry of tombstones: they are kept for as long as their events can be replayed.
pub(super) const EXPIRY: ExpiringRows = ExpiringRows {
    name: "tombstones of deleted items",
    table: "deleted_items",
    since: "deleted_at",
    only: None,
    keeping: Keeping::Days(REPLAY_DAYS),
};
