//! Viewers of the owner's statuses.

use crate::features::ViewerTable;

/// The viewers of the owner's statuses.
pub(in crate::features::statuses) const VIEWERS: ViewerTable = ViewerTable("status_viewers");
