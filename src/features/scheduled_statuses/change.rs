//! New scheduled statuses and changes of them, as a client asks for them: nothing is checked yet. No I/O.

use super::audience::NewAudience;
use super::content::StatusFont;
use super::time::PublishTime;
use crate::id::{AccountId, UploadId};

/// Content of a new or changed status.
#[derive(Debug, Clone)]
pub enum NewContent {
    /// A text on a background.
    Text {
        /// The text.
        text: String,
        /// The background colour as `#RRGGBB`; WhatsApp's dark green when `None`.
        background: Option<String>,
        /// The font.
        font: StatusFont,
    },
    /// An uploaded file.
    Media {
        /// The upload; `None` when the client's id is of no upload.
        upload: Option<UploadId>,
        /// The caption.
        caption: Option<String>,
    },
}

/// Change of the content of a status.
#[derive(Debug, Clone)]
pub enum ContentChange {
    /// Content that replaces the former.
    Replaced(NewContent),
    /// Another caption of the same file; a blank one removes it.
    Caption(String),
}

/// A new scheduled status.
#[derive(Debug, Clone)]
pub struct NewStatus {
    /// The account; `None` when the client's id is of no account.
    pub account: Option<AccountId>,
    /// The planned time.
    pub publish_at: PublishTime,
    /// The content.
    pub content: NewContent,
    /// The people who are to see it.
    pub audience: NewAudience,
}

/// Change of a scheduled status. A field that is `None` keeps its value.
#[derive(Debug, Clone, Default)]
pub struct StatusChange {
    /// The new planned time.
    pub publish_at: Option<PublishTime>,
    /// The new content.
    pub content: Option<ContentChange>,
    /// The new audience.
    pub audience: Option<NewAudience>,
}
