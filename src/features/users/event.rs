use crate::features::schema::{Viewer, event_object};
use crate::id::UserId;

event_object! {
    /// The viewer's plan, profile or notification settings changed.
    ViewerEvent {
        /// The viewer as they are now.
        viewer: Viewer(UserId)
    }
}
