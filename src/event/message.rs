use chrono::{DateTime, Utc};

use super::{Chat, MediaKind, MediaReference, Person};

/// A message, as WhatsApp delivered it.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// The chat that it was sent in.
    pub chat: Chat,
    /// The author; the owner when [`Message::is_from_me`].
    pub sender: Person,
    /// WhatsApp's id, unique within a chat and a sender.
    pub wa_id: String,
    /// True when the owner wrote it, on another device.
    pub is_from_me: bool,
    /// The sender's push name.
    pub push_name: Option<String>,
    /// The sender's name as a business, which WhatsApp verified.
    pub verified_name: Option<String>,
    /// The time at which it was sent, by WhatsApp's clock.
    pub sent_at: DateTime<Utc>,
    /// The content.
    pub content: Content,
    /// The people whom its text or caption mentions: each stands there as `@` and the digits of their LID or phone number.
    pub mentions: Vec<Person>,
    /// The timer of the disappearing chat, where the message tells it.
    pub timer: Option<ChatTimer>,
    /// The view-once message that this one quotes, with its keys: a reply of the owner makes its content available.
    pub quoted_view_once: Option<Box<QuotedViewOnce>>,
}

/// The time after which messages of a chat disappear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChatTimer {
    /// The time; 0 when messages stay.
    pub seconds: i32,
    /// The time at which it was set, by WhatsApp's clock.
    pub set_at: DateTime<Utc>,
}

/// A disappearing chat and its timer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimerOfChat {
    /// The chat.
    pub chat: Chat,
    /// Its timer.
    pub timer: ChatTimer,
}

/// The content of a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// A text; empty when nothing in it is visible.
    Text(String),
    /// A picture, video, sound, sticker or document.
    Media(Box<MediaReference>),
    /// A file that can never be downloaded: it came without a path or usable keys.
    LostMedia {
        /// The kind of the file.
        kind: MediaKind,
        /// The caption.
        caption: Option<String>,
    },
    /// A view-once message, by its wrapper or a flag; no media when WhatsApp withholds it from linked devices.
    ViewOnce(Option<Box<MediaReference>>),
    /// A reaction to a message; one without an emoji removes it.
    Reaction {
        /// The message reacted to.
        target_wa_id: String,
        /// The emoji; none when the reaction was removed.
        emoji: Option<String>,
    },
    /// A message or status was deleted for everyone.
    Revoke {
        /// The message to delete.
        target_wa_id: String,
        /// The author that the deletion names; none means the revoker.
        target_sender: Option<Person>,
        /// True when the revoker is an admin of the group, who alone may delete messages of others. The session asks
        /// WhatsApp before it passes the message on. None where it makes no difference (the revoker's own message, a
        /// chat that is not a group), and where WhatsApp did not answer within a few seconds: then a phone would not
        /// delete the message.
        by_admin: Option<bool>,
    },
    /// A message was edited.
    Edit {
        /// The message that was edited.
        target_wa_id: String,
        /// The new text; empty when there is none any more.
        text: String,
    },
    /// A further file of another message: the HD copy of a picture or video, or the moving half of a picture. It belongs
    /// to that message, and is none of its own.
    Part {
        /// The message that it belongs to, by the same sender.
        target_wa_id: String,
        /// The HD copy, which takes the place of the message's file; none for other files, and without usable keys.
        better: Option<Box<MediaReference>>,
    },
    /// A message that could not be decrypted; WhatsApp was asked to send it again.
    Undecrypted,
    /// A kind that AMDA does not keep: a poll, a location, a call, a protocol message.
    Other(&'static str),
}

impl Content {
    /// The kind, as metrics name it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "TEXT",
            Self::Media(_) => "MEDIA",
            Self::LostMedia { .. } => "LOST_MEDIA",
            Self::ViewOnce(Some(_)) => "VIEW_ONCE",
            Self::ViewOnce(None) => "VIEW_ONCE_WITHHELD",
            Self::Reaction { .. } => "REACTION",
            Self::Revoke { .. } => "REVOKE",
            Self::Edit { .. } => "EDIT",
            Self::Part { .. } => "PART",
            Self::Undecrypted => "UNDECRYPTED",
            Self::Other(_) => "OTHER",
        }
    }

    /// The words: a text, a caption, or the new text of an edit.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Edit { text, .. } => Some(text),
            Self::Media(media) | Self::ViewOnce(Some(media)) => media.caption.as_deref(),
            Self::LostMedia { caption, .. } => caption.as_deref(),
            Self::ViewOnce(None)
            | Self::Reaction { .. }
            | Self::Revoke { .. }
            | Self::Part { .. }
            | Self::Undecrypted
            | Self::Other(_) => None,
        }
    }

    /// The words of a message that can be shown again: its text or the caption of its file; none when there are none to see.
    pub fn shown_text(&self) -> Option<&str> {
        match self {
            Self::Text(_) | Self::Media(_) | Self::LostMedia { .. } => {
                self.text().filter(|text| !text.is_empty())
            }
            Self::ViewOnce(_)
            | Self::Reaction { .. }
            | Self::Revoke { .. }
            | Self::Edit { .. }
            | Self::Part { .. }
            | Self::Undecrypted
            | Self::Other(_) => None,
        }
    }

    /// The words of [`Content::text`], to be changed.
    pub fn text_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Text(text) | Self::Edit { text, .. } => Some(text),
            Self::Media(media) | Self::ViewOnce(Some(media)) => media.caption.as_mut(),
            Self::LostMedia { caption, .. } => caption.as_mut(),
            Self::ViewOnce(None)
            | Self::Reaction { .. }
            | Self::Revoke { .. }
            | Self::Part { .. }
            | Self::Undecrypted
            | Self::Other(_) => None,
        }
    }
}

/// A view-once message that a reply quotes.
#[derive(Debug, Clone, PartialEq)]
pub struct QuotedViewOnce {
    /// The id of the view-once message.
    pub wa_id: String,
    /// The sender.
    pub sender: Person,
    /// Its media, with keys.
    pub media: MediaReference,
}

/// A receipt: devices of a person received, read or played messages of the owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The chat.
    pub chat: Chat,
    /// The person whose devices they are.
    pub from: Person,
    /// The ids of the messages.
    pub wa_ids: Vec<String>,
    /// The kind of receipt.
    pub kind: ReceiptKind,
    /// The time of the receipt, by WhatsApp's clock.
    pub at: DateTime<Utc>,
}

/// The kind of a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReceiptKind {
    /// A device received the message.
    Delivered,
    /// The message was read.
    Read,
    /// A sound or view-once message was opened.
    Played,
}
