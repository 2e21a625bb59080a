use super::objects::{Status, StatusLike};
use crate::features::schema::event_object;
use crate::features::statuses::{StatusId, StatusLikeId};

event_object! {
    /// A status was posted, deleted or viewed, or its media was fetched or cannot be fetched.
    StatusEvent {
        /// The status in its present state; null when the viewer removed it since.
        status: Status(StatusId)
    }
}

event_object! {
    /// The like of a status was queued, sent, accepted by WhatsApp, refused by WhatsApp or skipped.
    StatusLikeEvent {
        /// The like in its present state; null when the viewer removed its status since.
        status_like: StatusLike(StatusLikeId)
    }
}
