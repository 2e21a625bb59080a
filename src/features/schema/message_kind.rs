use async_graphql::Enum;

use crate::messages::MessageKind;

/// Kind of a kept message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "MessageKind")]
pub enum KeptMessageKind {
    /// Text.
    Text,
    /// A picture.
    Image,
    /// A video.
    Video,
    /// A sound or voice message.
    Audio,
    /// A sticker.
    Sticker,
    /// Any other file.
    Document,
    /// A view-once message. A `ViewOnceMessage` has the kind of its content instead, once WhatsApp delivered it.
    ViewOnce,
    /// A message that could not be decrypted, or that has not arrived.
    Undecrypted,
    /// Another kind, which AMDA does not keep, such as a poll or a location.
    Other,
}

impl KeptMessageKind {
    /// The stored kinds that clients see as one of `kinds`.
    pub fn stored(kinds: &[Self]) -> Vec<MessageKind> {
        let all = MessageKind::ALL.iter().copied();
        all.filter(|kind| kinds.contains(&Self::from(*kind))).collect()
    }
}

impl From<MessageKind> for KeptMessageKind {
    fn from(kind: MessageKind) -> Self {
        match kind {
            MessageKind::Text => Self::Text,
            MessageKind::Image => Self::Image,
            MessageKind::Video => Self::Video,
            MessageKind::Audio => Self::Audio,
            MessageKind::Sticker => Self::Sticker,
            MessageKind::Document => Self::Document,
            MessageKind::ViewOnce => Self::ViewOnce,
            MessageKind::Undecrypted => Self::Undecrypted,
            MessageKind::Reaction
            | MessageKind::Revoke
            | MessageKind::Edit
            | MessageKind::Part
            | MessageKind::Other => Self::Other,
        }
    }
}
