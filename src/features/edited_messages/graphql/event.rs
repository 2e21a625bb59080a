use super::object::EditedMessage;
use crate::features::edited_messages::EditedMessageId;
use crate::features::schema::event_object;
use crate::graphql::Entity as _;

event_object! {
    /// The author edited a message.
    EditedMessageEvent {
        /// The message as it is now, with all its versions; null when it was deleted since.
        message: EditedMessage(EditedMessageId)
    }
}
