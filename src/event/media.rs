use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Chat, Person};
use crate::text_enum::text_enum;

text_enum! {
    /// The kind of a file.
    #[derive(Serialize, Deserialize, async_graphql::Enum)]
    #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
    pub enum MediaKind {
        /// A picture.
        Image = "IMAGE",
        /// A video, or a picture that moves.
        Video = "VIDEO",
        /// A sound or voice message.
        Audio = "AUDIO",
        /// A sticker.
        Sticker = "STICKER",
        /// Any other file.
        Document = "DOCUMENT",
    }
}

/// The location of a file at WhatsApp, with the keys and hashes to decrypt and check it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct MediaReference {
    /// The kind of the file.
    pub kind: MediaKind,
    /// The MIME type that the sender declared.
    pub mime_type: String,
    /// The caption.
    pub caption: Option<String>,
    /// The path on WhatsApp's media hosts.
    pub direct_path: String,
    /// The key that the file's keys are derived from.
    pub media_key: Vec<u8>,
    /// SHA-256 of the plain file.
    pub sha256: Vec<u8>,
    /// SHA-256 of the encrypted file.
    pub encrypted_sha256: Vec<u8>,
    /// Length of the plain file.
    pub size_bytes: u64,
    /// The width in pixels.
    pub width: Option<u32>,
    /// The height in pixels.
    pub height: Option<u32>,
    /// The duration of a video or sound.
    pub duration_seconds: Option<f64>,
    /// A small JPEG that came with the message.
    pub thumbnail: Option<Vec<u8>>,
    /// The message that it came with, by which the phone is asked for the file when WhatsApp no longer serves it.
    #[serde(default)]
    pub origin: Option<Origin>,
}

/// The message that a file came with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The message's id.
    pub wa_id: String,
    /// The chat of the message.
    pub chat: Chat,
    /// The author.
    pub sender: Person,
    /// True when the owner wrote it.
    pub is_from_me: bool,
}

impl fmt::Debug for MediaReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Keys and captions stay out of logs.
        write!(f, "MediaReference({:?}, {} bytes)", self.kind, self.size_bytes)
    }
}
