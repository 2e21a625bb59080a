use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Chat, Person};

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, async_graphql::Enum)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MediaKind {
    /// A picture.
    Image,
    /// A video, or a picture that moves.
    Video,
    /// A sound or voice message.
    Audio,
    /// A sticker.
    Sticker,
    /// Any other file.
    Document,
}

impl MediaKind {
    /// As the database spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Image => "IMAGE",
            Self::Video => "VIDEO",
            Self::Audio => "AUDIO",
            Self::Sticker => "STICKER",
            Self::Document => "DOCUMENT",
        }
    }
}

impl FromStr for MediaKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [
            Self::Image,
            Self::Video,
            Self::Audio,
            Self::Sticker,
            Self::Document,
        ]
        .into_iter()
        .find(|kind| kind.as_str() == text)
        .ok_or_else(|| format!("'{text}' is no kind of media"))
    }
}

/// Where WhatsApp serves a file, and the keys and hashes to open and check it with.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct MediaReference {
    /// What it is.
    pub kind: MediaKind,
    /// As the sender declared it.
    pub mime_type: String,
    /// The words under it.
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
    /// In pixels.
    pub width: Option<u32>,
    /// In pixels.
    pub height: Option<u32>,
    /// Of a video or sound.
    pub duration_seconds: Option<f64>,
    /// A small JPEG that came with the message.
    pub thumbnail: Option<Vec<u8>>,
    /// The message that it came with: by it the phone is asked for the file when WhatsApp no longer serves it.
    #[serde(default)]
    pub origin: Option<Origin>,
}

/// The message that a file came with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Its id.
    pub wa_id: String,
    /// Where it was written.
    pub chat: Chat,
    /// Who wrote it.
    pub sender: Person,
    /// The owner wrote it.
    pub is_from_me: bool,
}

impl fmt::Debug for MediaReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Keys and captions stay out of logs.
        write!(f, "MediaReference({:?}, {} bytes)", self.kind, self.size_bytes)
    }
}
