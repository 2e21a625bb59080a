use super::objects::DeletedMessage;
use crate::features::deleted_messages::DeletedMessageId;
use crate::features::schema::event_object;
use crate::graphql::Entity as _;

event_object! {
    /// A message was deleted or a deletion was forged; or a deleted message or its media arrived later.
    DeletedMessageEvent {
        /// The deleted message as it is now; null when the user deleted it since.
        message: DeletedMessage(DeletedMessageId)
    }
}
