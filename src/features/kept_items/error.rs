//! Errors of deleting items.

use thiserror::Error;

use crate::features::FeatureError;
use crate::id::IdError;
use crate::work::WorkError;

/// How many items go at once.
pub(super) const MAX_ITEMS: usize = 100;

/// Why nothing was deleted.
#[derive(Debug, Error)]
pub enum KeptItemsError {
    /// The database or the user's key failed.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// A feature could not delete an item.
    #[error("an item of the sort {kind} cannot be deleted")]
    Feature {
        /// The item's type.
        kind: &'static str,
        /// The feature's error.
        source: FeatureError,
    },
    /// What the user asked for cannot be.
    #[error(transparent)]
    Refused(#[from] InvalidRequest),
}

impl From<diesel::result::Error> for KeptItemsError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}

/// What is wrong with one of the ids that a request names.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidId {
    /// It is not an id.
    #[error(transparent)]
    Malformed(#[from] IdError),
    /// It names something that is not deleted in this way.
    #[error("a {found} is not deleted in this way; pass ids of {wanted}")]
    WrongType {
        /// What it names.
        found: String,
        /// The sorts that are.
        wanted: String,
    },
    /// It names nothing of the user's.
    #[error("there is no such item")]
    Unknown,
}

/// What is wrong with a request as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidRequest {
    /// It names nothing.
    #[error("ids is empty; pass at least one id")]
    Empty,
    /// It names too much.
    #[error("ids names {0} items; pass at most {MAX_ITEMS} at once")]
    TooMany(usize),
}
