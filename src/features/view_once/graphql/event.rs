use super::object::ViewOnceMessage;
use crate::features::schema::event_object;
use crate::features::view_once::ViewOnceId;
use crate::graphql::Entity as _;

event_object! {
    /// A view-once message arrived, or its capture ended.
    ViewOnceEvent {
        /// The message as it is now; null when it was deleted since.
        message: ViewOnceMessage(ViewOnceId)
    }
}
