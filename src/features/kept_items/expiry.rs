use crate::retention::{Aged, Keeping, REPLAY_DAYS};

/// Expiry of tombstones: they are kept for as long as their events can be replayed.
pub(super) const EXPIRY: Aged = Aged {
    name: "tombstones of deleted items",
    table: "deleted_items",
    since: "deleted_at",
    keeping: Keeping::Days(REPLAY_DAYS),
};
