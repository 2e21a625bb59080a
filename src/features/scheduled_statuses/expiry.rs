//! Expiry of scheduled statuses.

use crate::features::ExpiringItems;
use crate::retention::{ExpiringRows, Keeping};

/// Expiry of finished scheduled statuses, by their planned time; files and viewers go with them.
pub(super) const EXPIRY: ExpiringItems = ExpiringItems {
    rows: ExpiringRows {
        name: "scheduled statuses",
        table: "scheduled_statuses",
        since: "publish_at",
        only: Some("state NOT IN ('SCHEDULED', 'PUBLISHING')"),
        keeping: Keeping::Plan,
    },
    // An upload is used by one status only.
    shares_media: false,
};
