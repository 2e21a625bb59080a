//! Ids of scheduled statuses.

use crate::id::ids;

ids! {
    /// A status that is published at a planned time.
    ScheduledStatusId = "ScheduledStatus";
}
