//! Errors of deleting items.

use thiserror::Error;

use crate::features::FeatureError;
use crate::id::IdError;
use crate::work::WorkError;

/// Maximum number of items in a request.
pub(super) const MAX_ITEMS: usize = 100;

/// Error of a request to delete items; nothing was deleted.
#[derive(Debug, Error)]
pub enum KeptItemsError {
    /// The database or the user's key failed.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// A feature could not delete an item.
    #[error("an item of the type {kind} cannot be deleted")]
    Feature {
        /// The item's type.
        kind: &'static str,
        /// The feature's error.
        source: FeatureError,
    },
    /// The request as a whole is invalid.
    #[error(transparent)]
    Refused(#[from] InvalidRequest),
}

impl From<diesel::result::Error> for KeptItemsError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}

/// Error of one id in a request.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidId {
    /// The text is not an id.
    #[error(transparent)]
    Malformed(#[from] IdError),
    /// The id names a type that cannot be deleted by this request.
    #[error("items of the type {found} are not deleted in this way; pass ids of {wanted}")]
    WrongType {
        /// Type that the id names.
        found: String,
        /// Types that can be deleted.
        wanted: String,
    },
    /// The user has no item with this id.
    #[error("there is no such item")]
    Unknown,
}

/// Error of a request as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidRequest {
    /// The request has no ids.
    #[error("ids is empty; pass at least one id")]
    Empty,
    /// The request has too many ids.
    #[error("ids names {0} items; pass at most {MAX_ITEMS} at once")]
    TooMany(usize),
}
