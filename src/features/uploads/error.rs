//! Errors of announcing an upload, and refusals that the client can correct.

use std::time::Duration;

use thiserror::Error;

use crate::media::StorageUsage;
use crate::media::uploads::MOST_BYTES;
use crate::work::WorkError;

/// Refusal of an upload, with the correction that the client can make.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The account does not exist or belongs to another user.
    #[error("there is no such account")]
    UnknownAccount,
    /// The media type is not accepted.
    #[error("'{0}' is not taken; pass image/jpeg, image/png, image/webp or video/mp4")]
    Type(String),
    /// The size is zero, or more than WhatsApp accepts.
    #[error("sizeBytes is {0}; pass the file's size, 1 to {MOST_BYTES}")]
    Size(i32),
    /// The plan does not include videos.
    #[error("videos need the Premium plan")]
    NoVideos,
    /// The plan's media storage is full.
    #[error("the plan's media storage has no room for it; delete something first")]
    Full(StorageUsage),
}

/// Error of announcing an upload.
#[derive(Debug, Error)]
pub enum UploadsError {
    /// The database or the user's key failed.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// The request was refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The user announces uploads too often.
    #[error("too many uploads; possible again in {0:?}")]
    TooOften(Duration),
}

impl From<diesel::result::Error> for UploadsError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}
