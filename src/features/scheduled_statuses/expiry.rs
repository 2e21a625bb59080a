//! Expiry of scheduled statuses.

use crate::features::ExpiringItems;
use crate::retention::{ExpiringRows, Keeping};

/// Expiry of finished scheduled statuses, by their planned time. The status that was published names the same file, which
/// stays until that status goes too.
pub(super) const EXPIRY: ExpiringItems = ExpiringItems {
    rows: ExpiringRows {
        name: "scheduled statuses",
        table: "scheduled_statuses",
        since: "publish_at",
        only: Some("state NOT IN ('SCHEDULED', 'PUBLISHING')"),
        keeping: Keeping::Plan,
    },
};
