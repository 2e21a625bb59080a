use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};

use crate::messages::Version;

/// Text of a message between two edits.
#[derive(Debug, Clone, SimpleObject)]
pub struct MessageVersion {
    /// Text, or caption of the media; empty when there was none.
    pub text: String,
    /// Time at which the text was written, by WhatsApp's clock.
    pub written_at: DateTime<Utc>,
}

impl From<Version> for MessageVersion {
    fn from(version: Version) -> Self {
        Self {
            text: version.text,
            written_at: version.written_at,
        }
    }
}
