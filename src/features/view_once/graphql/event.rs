use super::object::ViewOnceMessage;
use crate::features::schema::event_object;
use crate::features::view_once::ViewOnceId;

event_object! {
    /// A view-once message arrived, or its capture began or ended.
    ViewOnceMessageEvent {
        /// The view-once message in its present state; null when the viewer removed it since.
        view_once_message: ViewOnceMessage(ViewOnceId)
    }
}
