//! Errors of the deleted messages feature.

use thiserror::Error;

use crate::crypto::CryptoError;
use crate::messages::search::LongSearch;
use crate::work::WorkError;

/// Why something was not done.
#[derive(Debug, Error)]
pub enum DeletedMessagesError {
    /// The database or the user's key failed.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// What is kept of a message does not open.
    #[error("a kept message cannot be read")]
    Crypto(#[from] CryptoError),
    /// The account is not the user's.
    #[error("there is no such account")]
    UnknownAccount,
    /// The message is not the user's.
    #[error("there is no such deleted message")]
    UnknownMessage,
    /// There is nothing to fetch.
    #[error("no picture, video, sound or file is kept of this message")]
    NoMedia,
    /// The words that are searched for are too many.
    #[error(transparent)]
    LongSearch(#[from] LongSearch),
}

impl From<diesel::result::Error> for DeletedMessagesError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}
