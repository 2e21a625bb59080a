use super::objects::DeletedMessage;
use crate::features::deleted_messages::DeletedMessageId;
use crate::features::schema::event_object;

event_object! {
    /// A message was deleted, a deletion was forged, or a deleted message or its media arrived after the deletion.
    DeletedMessageEvent {
        /// The deleted message in its present state; null when the viewer removed it since.
        deleted_message: DeletedMessage(DeletedMessageId)
    }
}
