//! Errors of data exports.

use chrono::{DateTime, Utc};
use thiserror::Error;

use crate::media::{ObjectsError, ReadError};
use crate::work::WorkError;

/// Number of exports that a user may request in [`EXPORT_HOURS`].
pub(super) const MOST_EXPORTS: i32 = 3;
/// The span of that limit.
pub(super) const EXPORT_HOURS: i64 = 24;

/// Error of a request for an export, or of its cancellation.
#[derive(Debug, Error)]
pub enum DataExportError {
    /// The database or the user's key failed.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// One is being written already.
    #[error("an export is being written already; wait for it, or cancel it")]
    Unfinished,
    /// So many were requested within a day.
    #[error(
        "{MOST_EXPORTS} exports were requested in {EXPORT_HOURS} hours; the next is possible at {resets_at}"
    )]
    TooMany {
        /// The time at which another is possible.
        resets_at: DateTime<Utc>,
    },
    /// The user has no such export.
    #[error("there is no such export")]
    Unknown,
    /// The export came to its end before.
    #[error("the export is finished; there is nothing to cancel")]
    Finished,
}

impl From<diesel::result::Error> for DataExportError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}

/// Error of writing an archive; nothing of it stays.
#[derive(Debug, Error)]
pub enum ArchiveError {
    /// The database or the user's key failed.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// The media store failed.
    #[error(transparent)]
    Objects(#[from] ObjectsError),
    /// The archive cannot be put together.
    #[error("the archive cannot be put together")]
    Zip(#[from] zip::result::ZipError),
    /// The file that an operator named cannot be written.
    #[error("the file cannot be written")]
    File(#[from] std::io::Error),
    /// The thread that compresses ended.
    #[error("the archive broke off")]
    Broken,
    /// It must not be written any more: cancelled, taken over by another try, or the user is gone.
    #[error("the export was stopped")]
    Stopped,
}

impl ArchiveError {
    /// True when there is no room for the archive.
    pub fn is_for_want_of_room(&self) -> bool {
        matches!(self, Self::Objects(error) if error.is_for_want_of_room())
    }
}

impl From<diesel::result::Error> for ArchiveError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}

impl From<ReadError> for ArchiveError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Work(error) => Self::Work(error),
            ReadError::Objects(error) => Self::Objects(error),
            ReadError::NotKept => Self::Objects(ObjectsError::Gone),
        }
    }
}
