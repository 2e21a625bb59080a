//! The record of what linked devices sent.

use serde::{Deserialize, Serialize};
use waproto::whatsapp as wa;
use waproto::whatsapp::message::protocol_message::Type;

/// What a linked device sent, as those whom it reached could read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SentMessage {
    /// Its id.
    pub message_id: String,
    /// `status@broadcast`, a group, or a person.
    pub to: String,
    /// `text`, `reaction`, `image`, `video`, `audio`, `revoke`, `edit`, `read` for a read receipt, `typing` and
    /// `paused` for what shows that, or `other`.
    pub kind: String,
    /// The text, the caption or the emoji.
    pub text: Option<String>,
    /// The message that a reaction, a revoke, an edit, a quoting reply or a read receipt is about.
    pub target_message_id: Option<String>,
    /// Milliseconds since 1970.
    pub at: u64,
    /// Numbers of the contacts who could read it.
    pub recipients: Vec<String>,
}

/// Kind, text and target of a message.
pub(super) fn describe(message: &wa::Message) -> (&'static str, Option<String>, Option<String>) {
    if let Some(reaction) = message.reaction_message.as_option() {
        let target = reaction.key.as_option().and_then(|key| key.id.clone());
        return ("reaction", reaction.text.clone(), target);
    }
    if let Some(protocol) = message.protocol_message.as_option() {
        let target = protocol.key.as_option().and_then(|key| key.id.clone());
        return match protocol.r#type {
            Some(Type::REVOKE) => ("revoke", None, target),
            Some(Type::MESSAGE_EDIT) => {
                let edited = protocol.edited_message.as_option().map(describe);
                ("edit", edited.and_then(|(_, text, _)| text), target)
            }
            _ => ("other", None, target),
        };
    }
    if let Some(image) = message.image_message.as_option() {
        return ("image", image.caption.clone(), None);
    }
    if let Some(video) = message.video_message.as_option() {
        return ("video", video.caption.clone(), None);
    }
    if message.audio_message.is_set() {
        return ("audio", None, None);
    }
    if let Some(text) = message.extended_text_message.as_option() {
        let quoted = text.context_info.as_option();
        let target = quoted.and_then(|context| context.stanza_id.clone());
        return ("text", text.text.clone(), target);
    }
    if let Some(text) = &message.conversation {
        return ("text", Some(text.clone()), None);
    }
    ("other", None, None)
}
