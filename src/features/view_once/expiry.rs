use crate::features::ExpiringItems;
use crate::retention::{ExpiringRows, Keeping};

/// Expiry of view-once messages and their captured content, by the time of arrival. A running capture stays.
pub(super) const EXPIRY: ExpiringItems = ExpiringItems {
    rows: ExpiringRows {
        name: "view-once messages",
        table: "view_once_messages",
        since: "received_at",
        only: Some("outcome IS NOT NULL AND NOT is_capturing"),
        keeping: Keeping::Plan,
    },
};
