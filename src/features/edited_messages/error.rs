//! Errors of the edited messages feature.

use thiserror::Error;

use crate::features::SearchBackwards;
use crate::messages::search::LongSearch;
use crate::work::WorkError;

/// Error of a request.
#[derive(Debug, Error)]
pub enum EditedMessagesError {
    /// The database or the user's key failed.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// The search text is too long.
    #[error(transparent)]
    LongSearch(#[from] LongSearch),
    /// A search is asked for backwards.
    #[error(transparent)]
    SearchBackwards(#[from] SearchBackwards),
}

impl From<diesel::result::Error> for EditedMessagesError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}
