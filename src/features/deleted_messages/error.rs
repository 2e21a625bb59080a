//! Errors of the deleted messages feature.

use thiserror::Error;

use crate::crypto::CryptoError;
use crate::features::SearchBackwards;
use crate::messages::search::LongSearch;
use crate::work::WorkError;

/// Error of a request.
#[derive(Debug, Error)]
pub enum DeletedMessagesError {
    /// The database or the user's key failed.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// The sealed text of a message cannot be decrypted.
    #[error("the text of a stored message cannot be decrypted")]
    Crypto(#[from] CryptoError),
    /// The user has no such account.
    #[error("there is no such account")]
    UnknownAccount,
    /// The user has no such message.
    #[error("there is no such deleted message")]
    UnknownMessage,
    /// The message has no media to fetch.
    #[error("this message has no picture, video, sound or file to fetch")]
    NoMedia,
    /// The search text is too long.
    #[error(transparent)]
    LongSearch(#[from] LongSearch),
    /// A search is asked for backwards.
    #[error(transparent)]
    SearchBackwards(#[from] SearchBackwards),
}

impl From<diesel::result::Error> for DeletedMessagesError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}
