//! Errors of the view-once feature.

use thiserror::Error;

use crate::crypto::CryptoError;
use crate::plan::QuotaExceeded;
use crate::work::WorkError;

/// Error of a request.
#[derive(Debug, Error)]
pub enum ViewOnceError {
    /// The database or the user's key failed.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// The sealed caption of a message cannot be decrypted.
    #[error("the caption of a stored view-once message cannot be decrypted")]
    Crypto(#[from] CryptoError),
    /// The request was refused, for every one of these reasons.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Refused(Vec<Refusal>),
}

impl From<Refusal> for ViewOnceError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(vec![refusal])
    }
}

impl From<diesel::result::Error> for ViewOnceError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}

/// Reason for which a request of the user was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The user has no such account.
    #[error("there is no such account")]
    UnknownAccount,
    /// The user has no such message.
    #[error("there is no such view-once message")]
    UnknownMessage,
    /// The content is captured already.
    #[error("the message is captured already")]
    Captured,
    /// The content is being fetched now.
    #[error("the message is being captured just now; wait for its event")]
    Capturing,
    /// WhatsApp never delivered the content.
    #[error(
        "WhatsApp did not deliver the content, so there is nothing to fetch; reply to the message on your phone"
    )]
    NotDelivered,
    /// The media of the message was deleted.
    #[error("the message's media was deleted, so it cannot be fetched again")]
    Forgotten,
    /// The change turns capturing on, and the user has not acknowledged the notice.
    #[error("show viewOnceSettings.privacyNotice to the user, and pass true when they agree to it")]
    NoticeNotAcknowledged,
    /// Capturing is off for the account.
    #[error("capturing is off for this account; turn it on with updateViewOnceSettings first")]
    Off,
    /// The captures of the month are used up.
    #[error(transparent)]
    Quota(#[from] QuotaExceeded),
}
