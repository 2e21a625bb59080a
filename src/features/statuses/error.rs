//! Errors of the statuses feature.

use thiserror::Error;

use super::auto_like::{HOURLY_LIMITS, MAX_CONTACTS};
use crate::crypto::CryptoError;
use crate::work::WorkError;

/// Why something was not done.
#[derive(Debug, Error)]
pub enum StatusesError {
    /// The database or the user's key failed.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// What is kept of a status does not open.
    #[error("a kept status cannot be read")]
    Crypto(#[from] CryptoError),
    /// The user asked for what cannot be.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl From<diesel::result::Error> for StatusesError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}

/// Why new settings were not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The account is not the user's.
    #[error("there is no such account")]
    UnknownAccount,
    /// A contact of the list is not the account's.
    #[error("a contact of the list is not known to this account")]
    UnknownContact,
    /// A contact with an emoji is not the account's.
    #[error("a contact with an emoji of its own is not known to this account")]
    UnknownEmojiContact,
    /// Not one emoji.
    #[error("'{0}' is not one emoji; pass exactly one, such as 💚")]
    NotAnEmoji(String),
    /// Too few or too many likes an hour.
    #[error("maxPerHour is {0}; pass {min} to {max}", min = HOURLY_LIMITS.start(), max = HOURLY_LIMITS.end())]
    Rate(i32),
    /// The list is too long.
    #[error("the list names {0} contacts; pass at most {MAX_CONTACTS}")]
    TooManyContacts(usize),
    /// An emoji for a contact is not one emoji.
    #[error("'{0}' is not one emoji; pass exactly one, such as 💚, or null to take the contact's emoji away")]
    NotAContactEmoji(String),
    /// Too many contacts would have an emoji of their own.
    #[error("{0} contacts would have an emoji of their own; at most {MAX_CONTACTS} may")]
    TooManyEmojis(usize),
    /// The plan has one emoji for all.
    #[error("an emoji for each contact needs the Premium plan")]
    NoContactEmojis,
    /// The plan has no lists.
    #[error("lists of contacts need the Premium plan")]
    NoLists,
    /// The plan has no quiet hours.
    #[error("quiet hours need the Premium plan")]
    NoQuietHours,
    /// The status is not the user's.
    #[error("there is no such status")]
    UnknownStatus,
    /// There is nothing to fetch.
    #[error("this status has no picture, video or sound")]
    NoMedia,
}
