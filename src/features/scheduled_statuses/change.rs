//! New scheduled statuses and changes of them. No I/O.

use super::audience::Audience;
use super::content::TextContent;
use super::time::PublishTime;
use crate::id::UploadId;

/// Content of a new or changed status.
#[derive(Debug, Clone)]
pub enum NewContent {
    /// A text on a background.
    Text(TextContent),
    /// An uploaded file and its caption.
    Media(UploadId, Option<String>),
}

/// A new scheduled status.
#[derive(Debug, Clone)]
pub struct NewStatus {
    /// The planned time.
    pub when: PublishTime,
    /// The time zone, as an IANA name; the user's own when `None`.
    pub time_zone: Option<String>,
    /// The content.
    pub content: NewContent,
    /// The people who are to see it.
    pub audience: Audience,
}

/// Change of a scheduled status. A field that is `None` keeps its value.
#[derive(Debug, Clone, Default)]
pub struct StatusChange {
    /// The new planned time.
    pub when: Option<PublishTime>,
    /// The new time zone.
    pub time_zone: Option<String>,
    /// The new content.
    pub content: Option<NewContent>,
    /// The new caption; `Some(None)` removes it.
    pub caption: Option<Option<String>>,
    /// The new audience.
    pub audience: Option<Audience>,
}
