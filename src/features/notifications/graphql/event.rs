use super::Notification;
use crate::features::schema::event_object;
use crate::graphql::Entity as _;
use crate::id::NotificationId;

event_object! {
    /// A notification was created, or notifications were marked as read.
    NotificationEvent {
        /// The notification in its present state; the newest one when several were marked as read together. Null when
        /// it is no longer kept.
        notification: Notification(NotificationId)
    }
}
