use super::Notification;
use crate::features::schema::event_object;
use crate::graphql::Entity as _;
use crate::id::NotificationId;

event_object! {
    /// A notification was created, or notifications were marked as read.
    NotificationEvent {
        /// The notification as it is now; of those that were marked together, the newest. Null when it is
        /// gone.
        notification: Notification(NotificationId)
    }
}
