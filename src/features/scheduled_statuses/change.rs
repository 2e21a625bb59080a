//! New scheduled statuses and changes of them. No I/O.

use super::audience::Audience;
use super::content::Words;
use super::time::When;
use crate::id::UploadId;

/// Content of a new or changed status.
#[derive(Debug, Clone)]
pub enum NewContent {
    /// A text on a background.
    Text(Words),
    /// An uploaded file and its caption.
    Media(UploadId, Option<String>),
}

/// A new scheduled status.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The planned time.
    pub when: When,
    /// The time zone, as an IANA name; the user's own when `None`.
    pub time_zone: Option<String>,
    /// The content.
    pub content: NewContent,
    /// The people who are to see it.
    pub audience: Audience,
}

/// Change of a scheduled status. A field that is `None` keeps its value.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// The new planned time.
    pub when: Option<When>,
    /// The new time zone.
    pub time_zone: Option<String>,
    /// The new content.
    pub content: Option<NewContent>,
    /// The new caption; `Some(None)` removes it.
    pub caption: Option<Option<String>>,
    /// The new audience.
    pub audience: Option<Audience>,
}
