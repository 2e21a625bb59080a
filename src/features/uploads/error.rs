//! Errors of announcing an upload, and refusals that the client can correct.

use chrono::{DateTime, Utc};
use thiserror::Error;

use crate::idempotency::KeyRefusal;
use crate::media::StorageUsage;
use crate::media::uploads::MOST_BYTES;
use crate::work::WorkError;

/// Number of uploads that a user may announce in an hour.
pub const UPLOADS_PER_HOUR: u32 = 30;

/// Refusal of an upload, with the correction that the client can make.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The key of the call was refused.
    #[error(transparent)]
    Key(#[from] KeyRefusal),
    /// The account does not exist or belongs to another user.
    #[error("there is no such account")]
    UnknownAccount,
    /// The media type is not accepted.
    #[error("'{0}' is not taken; pass image/jpeg, image/png, image/webp or video/mp4")]
    Type(String),
    /// The size is zero, or more than WhatsApp accepts.
    #[error("sizeBytes is {0}; pass the file's size, 1 to {MOST_BYTES}")]
    Size(i64),
    /// The plan does not include videos.
    #[error("videos need the Premium plan")]
    NoVideos,
    /// The plan's media storage is full.
    #[error("the plan's media storage has no room for it; delete something first")]
    Full(StorageUsage),
    /// The user announced as many uploads as an hour allows.
    #[error("an hour allows {UPLOADS_PER_HOUR} uploads; announce the next one at {resets_at} or later")]
    TooOften {
        /// Time at which another upload is possible.
        resets_at: DateTime<Utc>,
    },
}

/// Error of announcing an upload.
#[derive(Debug, Error)]
pub enum UploadsError {
    /// The database or the user's key failed.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// The request was refused, for all of these reasons.
    #[error("the upload was refused: {0:?}")]
    Refused(Vec<Refusal>),
}

impl From<diesel::result::Error> for UploadsError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}
