//! Errors of the statuses feature.

use thiserror::Error;

use super::auto_like::{HOURLY_LIMITS, MAX_CONTACTS};
use crate::crypto::CryptoError;
use crate::work::WorkError;

/// Error of a request about statuses or auto-like.
#[derive(Debug, Error)]
pub enum StatusesError {
    /// The database or the user's key failed.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// The sealed text of a status cannot be decrypted.
    #[error("the text of a stored status cannot be decrypted")]
    Crypto(#[from] CryptoError),
    /// The request was refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl From<diesel::result::Error> for StatusesError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}

/// Reason for which a request of the user was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The user has no such account.
    #[error("there is no such account")]
    UnknownAccount,
    /// A listed contact does not belong to the account.
    #[error("a contact of the list is not known to this account")]
    UnknownContact,
    /// A contact with an emoji of its own does not belong to the account.
    #[error("a contact with an emoji of its own is not known to this account")]
    UnknownEmojiContact,
    /// The text is not exactly one emoji.
    #[error("'{0}' is not one emoji; pass exactly one, such as 💚")]
    NotAnEmoji(String),
    /// The hourly limit is out of range.
    #[error("maxPerHour is {0}; pass {min} to {max}", min = HOURLY_LIMITS.start(), max = HOURLY_LIMITS.end())]
    Rate(i32),
    /// The list is too long.
    #[error("the list names {0} contacts; pass at most {MAX_CONTACTS}")]
    TooManyContacts(usize),
    /// The text for a contact is not exactly one emoji.
    #[error("'{0}' is not one emoji; pass exactly one, such as 💚, or null to take the contact's emoji away")]
    NotAContactEmoji(String),
    /// Too many contacts would have an emoji of their own.
    #[error("{0} contacts would have an emoji of their own; at most {MAX_CONTACTS} may")]
    TooManyEmojis(usize),
    /// The plan does not include emojis for single contacts.
    #[error("an emoji for each contact needs the Premium plan")]
    NoContactEmojis,
    /// The plan does not include lists of contacts.
    #[error("lists of contacts need the Premium plan")]
    NoLists,
    /// The plan does not include quiet hours.
    #[error("quiet hours need the Premium plan")]
    NoQuietHours,
    /// The user has no such status.
    #[error("there is no such status")]
    UnknownStatus,
    /// The status has no media to fetch.
    #[error("this status has no picture, video or sound")]
    NoMedia,
}
