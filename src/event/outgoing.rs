use serde::{Deserialize, Serialize};

use super::{MediaKind, Person};
use crate::id::{ContactId, MediaId};

/// A message that AMDA sends; what the outbox keeps.
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
    /// Words to a contact.
    Text {
        /// To whom.
        to: Person,
        /// The contact's row, for the receiver of the news.
        contact: ContactId,
        /// The words.
        text: String,
    },
    /// A status of the owner's.
    Status {
        /// What it shows.
        content: StatusContent,
        /// Everybody else who may see it, and at least one. WhatsApp shows it to the owner's own devices as well. Who is
        /// known by number alone is looked up before it is sent; numbers without WhatsApp are left out.
        audience: Vec<Person>,
    },
    /// A status of the owner's is deleted for everyone.
    StatusRevoke {
        /// The status.
        target_wa_id: String,
        /// Everybody who may have seen it.
        audience: Vec<Person>,
    },
    /// A contact's status counts as seen by the owner: its author finds the owner among its viewers, unless the owner's
    /// read receipts are off.
    StatusView {
        /// The author of the status.
        author: Person,
        /// The status.
        target_wa_id: String,
    },
}

/// What a status of the owner's shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum StatusContent {
    /// Words on a ground.
    Text {
        /// The words.
        text: String,
        /// The ground's colour, as alpha, red, green and blue.
        background_argb: u32,
        /// WhatsApp's number of the typeface.
        font: i32,
    },
    /// A picture or a video.
    Media {
        /// Which file.
        file: OutgoingFile,
        /// The words under it.
        caption: Option<String>,
    },
}

/// A file of ours that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutgoingFile {
    /// Its row; whoever sends it reads the content by this.
    pub media: MediaId,
    /// What it is.
    pub kind: MediaKind,
    /// Its real type.
    pub mime_type: String,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Of a video.
    pub duration_seconds: Option<u32>,
    /// A small JPEG.
    pub thumbnail: Option<Vec<u8>>,
}
