use chrono::{DateTime, Utc};

use super::{Chat, MediaReference, Person};

/// A message, as WhatsApp delivered it.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Where it was written.
    pub chat: Chat,
    /// Who wrote it; the owner, when [`Message::is_from_me`].
    pub sender: Person,
    /// WhatsApp's id, unique within a chat and a sender.
    pub wa_id: String,
    /// The owner wrote it, on another device.
    pub is_from_me: bool,
    /// What the sender calls themselves.
    pub push_name: Option<String>,
    /// When the sender sent it, by WhatsApp's clock.
    pub sent_at: DateTime<Utc>,
    /// It came out of WhatsApp's store, for it was sent while this server was away.
    pub is_offline: bool,
    /// What it says.
    pub content: Content,
    /// A view-once message that this one quotes, with its keys: so the owner's reply gives its content away.
    pub quoted_view_once: Option<Box<QuotedViewOnce>>,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Words.
    Text(String),
    /// A picture, video, sound, sticker or document.
    Media(Box<MediaReference>),
    /// A message to be viewed once, in a wrapper or by flag; no media when WhatsApp kept it from linked devices.
    ViewOnce(Option<Box<MediaReference>>),
    /// A reaction to a message; no emoji takes it back.
    Reaction {
        /// The message reacted to.
        target_wa_id: String,
        /// Null when the reaction was taken back.
        emoji: Option<String>,
    },
    /// A message or status was deleted for everyone.
    Revoke {
        /// The message to delete.
        target_wa_id: String,
        /// Whose message it claims to be, where it says; null means the revoker's own.
        target_sender: Option<Person>,
        /// Whether the revoker runs the group, which alone gives the right to delete what others wrote. The session asks
        /// WhatsApp before the message is taken in. Null where it makes no difference (the revoker's own message, a chat
        /// that is no group), and where WhatsApp did not answer within a few seconds: then nobody knows, and a phone
        /// would do nothing.
        by_admin: Option<bool>,
    },
    /// A message was edited.
    Edit {
        /// The message that was edited.
        target_wa_id: String,
        /// What it says now.
        text: String,
    },
    /// It never decrypted; WhatsApp was asked to send it again.
    Undecrypted,
    /// A kind that AMDA does not keep: a poll, a location, a call, a protocol message.
    Other(&'static str),
}

/// A view-once message as it is quoted in a reply.
#[derive(Debug, Clone, PartialEq)]
pub struct QuotedViewOnce {
    /// The id of the view-once message.
    pub wa_id: String,
    /// Who sent it.
    pub sender: Person,
    /// Its media, with keys.
    pub media: MediaReference,
}

/// Somebody's devices saw messages of the owner's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Where.
    pub chat: Chat,
    /// Whose devices.
    pub from: Person,
    /// Which messages.
    pub wa_ids: Vec<String>,
    /// How far they came.
    pub kind: ReceiptKind,
    /// When, by WhatsApp's clock.
    pub at: DateTime<Utc>,
}

/// How far a message came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReceiptKind {
    /// To a device.
    Delivered,
    /// Before somebody's eyes.
    Read,
    /// A sound or view-once message was opened.
    Played,
}
