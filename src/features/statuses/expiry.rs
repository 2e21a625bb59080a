use crate::features::ExpiringItems;
use crate::retention::{ExpiringRows, Keeping};

/// Expiry of statuses, by the time of posting. The like of a status is removed with it.
pub(super) const EXPIRY: ExpiringItems = ExpiringItems {
    rows: ExpiringRows {
        name: "statuses",
        table: "statuses",
        since: "posted_at",
        only: None,
        keeping: Keeping::Plan,
    },
};
