use super::objects::{Status, StatusLike};
use crate::features::schema::event_object;
use crate::features::statuses::{StatusId, StatusLikeId};
use crate::graphql::Entity as _;

event_object! {
    /// A status was posted or deleted, the fetching of its media ended, or somebody viewed a status of the owner's.
    StatusEvent {
        /// The status as it is now; null when it was deleted since.
        status: Status(StatusId)
    }
}

event_object! {
    /// The like of a status was queued, sent, accepted, refused or skipped.
    StatusLikeEvent {
        /// The like as it is now; null when it was deleted since.
        status_like: StatusLike(StatusLikeId)
    }
}
