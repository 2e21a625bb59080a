use chrono::{DateTime, Utc};
use thiserror::Error;

use super::create::{LONGEST_LIFE, LONGEST_NAME, MOST_ACCESS_TOKENS, MOST_ACCOUNTS, SHORTEST_LIFE};
use crate::db::DbError;
use crate::features::users::model::Mistake;

/// A mistake in a personal access token that a user wants, or a limit that is reached.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AccessTokenRefusal {
    /// No visible letter, or too many.
    #[error("the name has {0} visible letters; write 1 to {LONGEST_NAME}")]
    Name(usize),
    /// A token for nothing.
    #[error("the list names no scope; name at least one")]
    NoScope,
    /// Too soon, or too late.
    #[error(
        "the token must expire {} to {} days from now; choose a time in between",
        SHORTEST_LIFE.num_days(),
        LONGEST_LIFE.num_days()
    )]
    Expiry,
    /// Limited to nothing.
    #[error("the list names no account; name at least one, or leave it out for all accounts")]
    NoAccount,
    /// Limited to more than can be named.
    #[error("the list names {0} accounts; name at most {MOST_ACCOUNTS}, or leave it out for all accounts")]
    Accounts(usize),
    /// The account with this index in the list is none of the user's.
    #[error("the account {0} of the list is none of the user's")]
    UnknownAccount(usize),
    /// What nobody's proof can be.
    #[error("{}", .0.message)]
    Proof(Mistake),
    /// The user has as many as they may.
    #[error("{used} access tokens exist, and {MOST_ACCESS_TOKENS} may")]
    TooMany {
        /// Number of those that have not expired.
        used: i32,
    },
    /// The user has no such token.
    #[error("there is no such access token of the user's")]
    Unknown,
}

/// Error of a personal access token that somebody presents.
#[derive(Debug, Error)]
pub enum AccessTokenError {
    /// Mistyped or cut off: its checksum is wrong.
    #[error("the text is no access token; its checksum is wrong")]
    Malformed,
    /// Revoked, deleted after its end, or never made.
    #[error("there is no such access token")]
    Unknown,
    /// At its end.
    #[error("the access token expired at {0}")]
    Expired(DateTime<Utc>),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<diesel::result::Error> for AccessTokenError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Db(error.into())
    }
}
