use super::object::EditedMessage;
use crate::features::edited_messages::EditedMessageId;
use crate::features::schema::event_object;
use crate::graphql::Entity as _;

event_object! {
    /// A message was edited by its author.
    EditedMessageEvent {
        /// The message as it is now, with every wording; null when it was deleted since.
        message: EditedMessage(EditedMessageId)
    }
}
