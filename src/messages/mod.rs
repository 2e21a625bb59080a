//! Every message, recorded once: who, where, when. What it said is held only when a feature asks for it.
//!
//! The pipeline records a message before any feature sees it; WhatsApp delivers again, so recording is idempotent by
//! constraint on (account, chat, sender, WhatsApp's id).

mod holding;
mod release;
pub mod search;
mod store;
mod versions;

pub use holding::{Holding, MediaBackup, load_holding, lock_holding, save_holding};
pub use release::{Released, keep_elsewhere, let_go, lock, release_due, release_now, users_with_due};
pub use store::{Held, find_by_wa_id, hold, keep_media, record};
pub use versions::{
    Edit, Original, Version, edits_waiting, forget_edits, forget_versions, hold_edit, let_go_of_waiting,
    load_versions, revise,
};

use crate::contacts::ChatKind;
use crate::event::Content;
use crate::id::{ChatId, ContactId, MessageId};

/// A recorded message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// Its row.
    pub id: MessageId,
    /// It was not known before. A redelivery is not new, and features leave it alone.
    pub is_new: bool,
    /// Where it was written.
    pub chat: ChatId,
    /// What sort of chat that is.
    pub chat_kind: ChatKind,
    /// Who wrote it.
    pub sender: ContactId,
}

/// What sort of message it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, async_graphql::Enum)]
pub enum MessageKind {
    /// Words.
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
    /// To be viewed once.
    ViewOnce,
    /// A reaction to another message.
    Reaction,
    /// The deletion of another message.
    Revoke,
    /// The edit of another message.
    Edit,
    /// It never decrypted.
    Undecrypted,
    /// A kind that AMDA does not keep.
    Other,
}

impl MessageKind {
    const ALL: [Self; 12] = [
        Self::Text,
        Self::Image,
        Self::Video,
        Self::Audio,
        Self::Sticker,
        Self::Document,
        Self::ViewOnce,
        Self::Reaction,
        Self::Revoke,
        Self::Edit,
        Self::Undecrypted,
        Self::Other,
    ];

    /// The kind of `content`.
    pub fn of(content: &Content) -> Self {
        use crate::event::MediaKind;
        match content {
            Content::Text(_) => Self::Text,
            Content::Media(media) => match media.kind {
                MediaKind::Image => Self::Image,
                MediaKind::Video => Self::Video,
                MediaKind::Audio => Self::Audio,
                MediaKind::Sticker => Self::Sticker,
                MediaKind::Document => Self::Document,
            },
            Content::ViewOnce(_) => Self::ViewOnce,
            Content::Reaction { .. } => Self::Reaction,
            Content::Revoke { .. } => Self::Revoke,
            Content::Edit { .. } => Self::Edit,
            Content::Undecrypted => Self::Undecrypted,
            Content::Other(_) => Self::Other,
        }
    }

    /// As the database spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "TEXT",
            Self::Image => "IMAGE",
            Self::Video => "VIDEO",
            Self::Audio => "AUDIO",
            Self::Sticker => "STICKER",
            Self::Document => "DOCUMENT",
            Self::ViewOnce => "VIEW_ONCE",
            Self::Reaction => "REACTION",
            Self::Revoke => "REVOKE",
            Self::Edit => "EDIT",
            Self::Undecrypted => "UNDECRYPTED",
            Self::Other => "OTHER",
        }
    }

    /// Reads what [`Self::as_str`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Whether it is about another message, and nothing that could itself be edited or deleted.
    pub const fn is_about_another(self) -> bool {
        matches!(self, Self::Reaction | Self::Revoke | Self::Edit)
    }
}
