use crate::features::schema::{User, event_object};
use crate::id::UserId;

event_object! {
    /// The viewer's plan, profile or notification settings changed.
    UserEvent {
        /// The viewer as they are now.
        user: User(UserId)
    }
}
