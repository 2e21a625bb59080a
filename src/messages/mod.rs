//! Messages: each is recorded once, with its chat, sender and times. Its content is held for as long as the owner's settings
//! and plan say, in case its sender deletes or edits it.
//!
//! The pipeline records a message before any feature sees it; WhatsApp delivers again, so recording is idempotent by
//! constraint on (account, chat, sender, WhatsApp's id).

mod holding;
mod record;
mod release;
pub mod search;
mod store;
mod versions;
mod waiting_edits;

pub use holding::{Holding, MediaBackup, holding, load_holding, load_holdings, lock_holding, save_holding};
pub use record::{meet, read_ahead, record, record_one};
pub use release::{Released, release, release_due, release_now, stop_holding, users_with_due};
pub use store::{
    Held, Hold, NamedMessages, find_by_wa_id, hold, improve_media, load_media, lock_named, record_media,
};
pub use versions::{Edit, Original, Revision, Version, forget_edits, forget_versions, load_versions, revise};
pub use waiting_edits::{edits_waiting, hold_edit, release_waiting_edits, with_edits_waiting};

use crate::contacts::ChatKind;
use crate::event::{Content, MediaKind};
use crate::id::{ChatId, ContactId, MessageId};
use crate::text_enum::text_enum;

/// A recorded message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// Its row.
    pub id: MessageId,
    /// True the first time. A redelivery is not new, and features ignore it.
    pub is_new: bool,
    /// Its chat.
    pub chat: ChatId,
    /// The kind of the chat.
    pub chat_kind: ChatKind,
    /// Its sender.
    pub sender: ContactId,
}

text_enum! {
    /// Kind of a message.
    pub enum MessageKind {
        /// Text.
        Text = "TEXT",
        /// A picture.
        Image = "IMAGE",
        /// A video.
        Video = "VIDEO",
        /// A sound or voice message.
        Audio = "AUDIO",
        /// A sticker.
        Sticker = "STICKER",
        /// Any other file.
        Document = "DOCUMENT",
        /// A view-once message.
        ViewOnce = "VIEW_ONCE",
        /// A reaction to another message.
        Reaction = "REACTION",
        /// The deletion of another message.
        Revoke = "REVOKE",
        /// The edit of another message.
        Edit = "EDIT",
        /// A further file of another message.
        Part = "PART",
        /// A message that could not be decrypted, or that has not arrived.
        Undecrypted = "UNDECRYPTED",
        /// Another kind, which AMDA does not keep, such as a poll or a location.
        Other = "OTHER",
    }
}

impl MessageKind {
    /// The kind of `content`.
    pub fn of(content: &Content) -> Self {
        match content {
            Content::Text(_) => Self::Text,
            Content::Media(media) => Self::of_media(media.kind),
            Content::LostMedia { kind, .. } => Self::of_media(*kind),
            Content::ViewOnce(_) => Self::ViewOnce,
            Content::Reaction { .. } => Self::Reaction,
            Content::Revoke { .. } => Self::Revoke,
            Content::Edit { .. } => Self::Edit,
            Content::Part { .. } => Self::Part,
            Content::Undecrypted => Self::Undecrypted,
            Content::Other(_) => Self::Other,
        }
    }

    /// The kind of a message that carries media of `kind`.
    pub const fn of_media(kind: MediaKind) -> Self {
        match kind {
            MediaKind::Image => Self::Image,
            MediaKind::Video => Self::Video,
            MediaKind::Audio => Self::Audio,
            MediaKind::Sticker => Self::Sticker,
            MediaKind::Document => Self::Document,
        }
    }

    /// True for kinds of which something can be held to be shown again.
    pub const fn can_be_held(self) -> bool {
        matches!(
            self,
            Self::Text | Self::Image | Self::Video | Self::Audio | Self::Sticker | Self::Document
        )
    }

    /// True for a message about another message, which cannot itself be edited or deleted.
    pub const fn is_about_another(self) -> bool {
        matches!(self, Self::Reaction | Self::Revoke | Self::Edit | Self::Part)
    }
}
