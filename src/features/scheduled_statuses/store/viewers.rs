//! Viewers of scheduled statuses.

use crate::features::ViewerTable;

/// The viewers of scheduled statuses.
pub(in crate::features::scheduled_statuses) const VIEWERS: ViewerTable =
    ViewerTable("scheduled_status_viewers");
