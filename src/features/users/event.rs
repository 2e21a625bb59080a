use crate::features::schema::{Viewer, event_object};
use crate::id::UserId;

event_object! {
    /// The plan, profile, suspension or notification settings of the viewer changed.
    ViewerEvent {
        /// The viewer with their present data.
        viewer: Viewer(UserId)
    }
}
