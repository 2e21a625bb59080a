use crate::retention::{Aged, Keeping, REPLAY_DAYS};

/// Tombstones, which are of use for as long as their events are replayed.
pub(super) const EXPIRY: Aged = Aged {
    name: "tombstones of deleted items",
    table: "deleted_items",
    since: "deleted_at",
    keeping: Keeping::Days(REPLAY_DAYS),
};
