//! Event object of scheduled statuses.

use super::object::ScheduledStatus;
use crate::features::scheduled_statuses::ScheduledStatusId;
use crate::features::schema::event_object;

event_object! {
    /// A scheduled status was created, changed, published, viewed or deleted.
    ScheduledStatusEvent {
        /// The scheduled status in its present state; null when it is no longer kept.
        scheduled_status: ScheduledStatus(ScheduledStatusId)
    }
}
