use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};

use crate::messages::Version;

/// What a message said between two edits.
#[derive(Debug, Clone, SimpleObject)]
pub struct MessageVersion {
    /// The words, or those under its picture; empty when there were none.
    pub text: String,
    /// When they were written, by WhatsApp's clock.
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
