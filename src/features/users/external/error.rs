use chrono::{DateTime, Utc};
use thiserror::Error;

use super::linking::MOST_IDENTITIES;
use crate::db::DbError;
use crate::features::users::error::UsersError;

/// Reason why a token of the issuer lets nobody in.
#[derive(Debug, Error)]
pub enum ExternalError {
    /// Malformed, changed, not meant for this server, or signed by nobody that the issuer names.
    #[error("the access token is not one that is accepted here: {0}")]
    Invalid(&'static str),
    /// Expired.
    #[error("the access token expired at {0}; ask its issuer for another")]
    Expired(DateTime<Utc>),
    /// Its session was ended here.
    #[error("the session of this access token was ended; sign in at its issuer again")]
    Revoked,
    /// The user of the identity was deleted after they signed in.
    #[error("the user of this access token was deleted; sign in at its issuer again to begin anew")]
    Deleted,
    /// The issuer's keys are needed and cannot be had.
    #[error("the issuer of the access token cannot be asked for its keys; try again in a minute")]
    Unavailable,
    /// A user has the e-mail address already, and must agree.
    #[error("{}", not_linked(*.is_mailed))]
    NotLinked {
        /// True when that user was mailed a link by which they agree.
        is_mailed: bool,
    },
    /// The operator lets nobody register without more.
    #[error(
        "nobody new is let in by a token of this issuer here; register first, and link the identity by `linkExternalIdentity`"
    )]
    RegistrationRefused,
    /// A user needs an e-mail address.
    #[error(
        "the access token names no e-mail address, which a new user needs; have the issuer put the claim `email` in"
    )]
    NoEmail,
    /// Looking after the user failed.
    #[error(transparent)]
    Users(#[from] UsersError),
}

/// Reason why an external identity is not linked to a user who is signed in, or not unlinked.
#[derive(Debug, Error)]
pub enum IdentityError {
    /// The token is not good.
    #[error("{0}")]
    InvalidToken(String),
    /// The issuer's keys are needed and cannot be had.
    #[error("the issuer of the token cannot be asked for its keys; try again in a minute")]
    IssuerUnavailable,
    /// It is another user's.
    #[error("the identity is another user's; unlink it there first")]
    Taken,
    /// The user has no such identity.
    #[error("there is no such external identity")]
    Unknown,
    /// Without it the user could not sign in.
    #[error(
        "the user can sign in by nothing else; set a password first: `requestPasswordReset` mails a link"
    )]
    OnlyWayIn,
    /// The user has as many as are possible.
    #[error("the user has {MOST_IDENTITIES} external identities already")]
    TooMany,
}

const fn not_linked(is_mailed: bool) -> &'static str {
    if is_mailed {
        "a user with this e-mail address exists already, and was mailed a link that lets this identity in"
    } else {
        "a user with this e-mail address exists already; sign in as them, and link the identity by `linkExternalIdentity`"
    }
}

impl From<DbError> for ExternalError {
    fn from(error: DbError) -> Self {
        Self::Users(error.into())
    }
}

impl From<diesel::result::Error> for ExternalError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Users(error.into())
    }
}
