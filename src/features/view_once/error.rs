//! Errors of the view-once feature.

use thiserror::Error;

use crate::crypto::CryptoError;
use crate::plan::QuotaExceeded;
use crate::work::WorkError;

/// Why something was not done.
#[derive(Debug, Error)]
pub enum ViewOnceError {
    /// The database or the user's key failed.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// What is kept of a message does not open.
    #[error("a kept view-once message cannot be read")]
    Crypto(#[from] CryptoError),
    /// The user asked for what cannot be.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl From<diesel::result::Error> for ViewOnceError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}

/// Why something that a user asked for cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The account is not the user's.
    #[error("there is no such account")]
    UnknownAccount,
    /// The message is not the user's.
    #[error("there is no such view-once message")]
    UnknownMessage,
    /// Its content is kept already.
    #[error("the message is captured already")]
    Captured,
    /// Its content is being fetched at this moment.
    #[error("the message is being captured just now; wait for its event")]
    Capturing,
    /// WhatsApp never delivered the content.
    #[error(
        "WhatsApp did not deliver the content, so there is nothing to fetch; reply to the message on your phone"
    )]
    NotDelivered,
    /// Its media was deleted.
    #[error("the message's media was deleted, so it cannot be fetched again")]
    Forgotten,
    /// The account does not capture.
    #[error("capturing is off for this account; turn it on with updateViewOnce first")]
    Off,
    /// The captures of the month are used up.
    #[error(transparent)]
    Quota(#[from] QuotaExceeded),
}
