use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::ViewerTable;
use crate::event::MediaKind;
use crate::id::MediaId;

/// A status of the owner's that AMDA published, as it is recorded among the owner's.
#[derive(Debug)]
pub struct PublishedStatus {
    /// WhatsApp's id.
    pub wa_id: String,
    /// The text, or the caption of the file.
    pub text: Option<String>,
    /// The kind of the file, and its row while it is kept; none for a text.
    pub file: Option<(MediaKind, Option<MediaId>)>,
    /// The time at which WhatsApp took it.
    pub posted_at: DateTime<Utc>,
    /// The time at which it was deleted for everyone.
    pub deleted_at: Option<DateTime<Utc>>,
    /// The table of those who viewed it before it was recorded, and its id there; none when it is recorded at once.
    pub viewers: Option<(ViewerTable, Uuid)>,
}
