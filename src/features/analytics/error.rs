//! Error of reading analytics.

use thiserror::Error;

use super::calendar::RangeError;
use crate::work::WorkError;

/// Error of reading analytics.
#[derive(Debug, Error)]
pub enum AnalyticsError {
    /// The plan does not include analytics.
    #[error("analytics need the Premium plan")]
    NotIncluded,
    /// The range is invalid.
    #[error(transparent)]
    Range(#[from] RangeError),
    /// The database or the user's key failed.
    #[error(transparent)]
    Work(#[from] WorkError),
}

impl From<diesel::result::Error> for AnalyticsError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}
