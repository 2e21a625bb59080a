use super::objects::DeletedMessage;
use crate::features::deleted_messages::DeletedMessageId;
use crate::features::schema::event_object;
use crate::graphql::Entity as _;

event_object! {
    /// A message was deleted, really or not; or a deleted message or its media came later.
    DeletedMessageEvent {
        /// The deleted message as it is now; null when it was deleted since.
        message: DeletedMessage(DeletedMessageId)
    }
}
