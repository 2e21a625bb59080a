use super::object::EditedMessage;
use crate::features::edited_messages::EditedMessageId;
use crate::features::schema::event_object;

event_object! {
    /// The author edited a message; one event for each edit.
    EditedMessageEvent {
        /// The edited message in its present state, with all its versions; null when the viewer removed it since.
        edited_message: EditedMessage(EditedMessageId)
    }
}
