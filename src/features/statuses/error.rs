//! Errors of the statuses feature.

use thiserror::Error;

use super::auto_like::HOURLY_LIMITS;
use super::quiet_hours::SpanMistake;
use crate::crypto::CryptoError;
use crate::features::schema::{ListMistake, MAX_LISTED};
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
    /// The request was refused, for all of these reasons.
    #[error("the request was refused: {0:?}")]
    Refused(Vec<Refusal>),
}

impl From<diesel::result::Error> for StatusesError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}

impl From<Refusal> for StatusesError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(vec![refusal])
    }
}

/// Reason for which a request of the user was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The user has no such account.
    #[error("there is no account with this id; pass an id that this API returned to you")]
    UnknownAccount,
    /// A contact of the list is wrong, or the list as a whole.
    #[error(transparent)]
    Contact(ListMistake),
    /// A contact with an emoji of its own is wrong.
    #[error(transparent)]
    EmojiContact(ListMistake),
    /// The text is not exactly one emoji.
    #[error("'{0}' is not one emoji; pass exactly one, such as 💚")]
    NotAnEmoji(String),
    /// The hourly limit is out of range.
    #[error("maxPerHour is {0}; pass {min} to {max}", min = HOURLY_LIMITS.start(), max = HOURLY_LIMITS.end())]
    Rate(i32),
    /// The text for a contact is not exactly one emoji.
    #[error(
        "'{text}' is not one emoji; pass exactly one, such as 💚, or null to take the contact's emoji away"
    )]
    NotAContactEmoji {
        /// Index in the list of emojis.
        index: usize,
        /// The text.
        text: String,
    },
    /// Too many contacts would have an emoji of their own.
    #[error("{0} contacts would have an emoji of their own; at most {MAX_LISTED} may")]
    TooManyEmojis(usize),
    /// A time of the quiet hours is wrong.
    #[error(transparent)]
    QuietHours(SpanMistake),
    /// The plan does not include emojis for single contacts.
    #[error("an emoji for each contact needs the Premium plan")]
    NoContactEmojis,
    /// The plan does not include a scope of contacts.
    #[error("choosing contacts needs the Premium plan")]
    NoScope,
    /// The plan does not include a list of contacts.
    #[error("a list of contacts needs the Premium plan")]
    NoList,
    /// The plan does not include quiet hours.
    #[error("quiet hours need the Premium plan")]
    NoQuietHours,
    /// The user has no such status.
    #[error("there is no status with this id; pass an id that this API returned to you")]
    UnknownStatus,
    /// The status has no media to fetch.
    #[error("this status has no picture, video or sound")]
    NoMedia,
}

impl Refusal {
    /// Place of the mistake in the input of the mutation: names of fields and indexes of lists, outermost first.
    pub fn path(&self) -> Vec<String> {
        let place = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let element = |list: &str, index: usize, field: Option<&str>| {
            let names = ["settings", list].map(str::to_owned).into_iter();
            let inner = field.map(str::to_owned);
            names.chain([index.to_string()]).chain(inner).collect()
        };
        match self {
            Self::UnknownAccount => place(&["accountId"]),
            Self::UnknownStatus | Self::NoMedia => place(&["statusId"]),
            Self::Contact(mistake) => match mistake.index() {
                Some(index) => element("contactIds", index, None),
                None => place(&["settings", "contactIds"]),
            },
            Self::EmojiContact(mistake) => match mistake.index() {
                Some(index) => element("contactEmojis", index, Some("contactId")),
                None => place(&["settings", "contactEmojis"]),
            },
            Self::NotAContactEmoji { index, .. } => element("contactEmojis", *index, Some("emoji")),
            Self::TooManyEmojis(_) | Self::NoContactEmojis => place(&["settings", "contactEmojis"]),
            Self::NotAnEmoji(_) => place(&["settings", "emoji"]),
            Self::Rate(_) => place(&["settings", "maxPerHour"]),
            Self::QuietHours(mistake) => place(&["settings", "quietHours", mistake.field()]),
            Self::NoScope => place(&["settings", "scope"]),
            Self::NoList => place(&["settings", "contactIds"]),
            Self::NoQuietHours => place(&["settings", "quietHours"]),
        }
    }
}
