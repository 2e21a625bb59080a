use serde::{Deserialize, Serialize};

use super::{MediaKind, Person};
use crate::id::{ContactId, MediaId};

/// A message that AMDA sends, as the outbox stores it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outgoing {
    /// A reaction to a contact's status.
    StatusReaction {
        /// The author of the status.
        author: Person,
        /// The status.
        target_wa_id: String,
        /// The emoji.
        emoji: String,
    },
    /// A text to a contact.
    Text {
        /// The recipient.
        to: Person,
        /// The contact's row, for the feature that handles the outcome.
        contact: ContactId,
        /// The text.
        text: String,
        /// The time after which it disappears, in a disappearing chat.
        #[serde(default)]
        timer_seconds: Option<u32>,
    },
    /// A status of the owner's.
    Status {
        /// The content.
        content: StatusContent,
        /// The people who may see it besides the owner; at least one. A person known by phone number only is looked up
        /// before it is sent; numbers without WhatsApp are left out.
        audience: Vec<Person>,
    },
    /// The deletion of a status of the owner, for everyone.
    StatusRevoke {
        /// The status.
        target_wa_id: String,
        /// The people who may have seen it.
        audience: Vec<Person>,
    },
    /// The mark that the owner has seen a contact's status: the author then finds the owner among its viewers, unless
    /// the owner's read receipts are off.
    StatusView {
        /// The author of the status.
        author: Person,
        /// The status.
        target_wa_id: String,
    },
}

/// The content of a status of the owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum StatusContent {
    /// A text on a coloured background.
    Text {
        /// The text.
        text: String,
        /// The background colour, as alpha, red, green and blue.
        background_argb: u32,
        /// WhatsApp's number of the typeface.
        font: i32,
    },
    /// A picture or a video.
    Media {
        /// The file.
        file: OutgoingFile,
        /// The caption.
        caption: Option<String>,
    },
}

/// A stored file to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutgoingFile {
    /// Its row, by which the sender reads the content.
    pub media: MediaId,
    /// The kind of the file.
    pub kind: MediaKind,
    /// Its MIME type, as detected.
    pub mime_type: String,
    /// The width in pixels.
    pub width: u32,
    /// The height in pixels.
    pub height: u32,
    /// The duration of a video.
    pub duration_seconds: Option<u32>,
    /// A small JPEG.
    pub thumbnail: Option<Vec<u8>>,
}
