use std::time::Duration;

use thiserror::Error;

use super::access_tokens::AccessTokenRefusal;
use super::external::IdentityError;
use super::limits::LimitReached;
use super::model::Mistake;
use super::passwords::{NoTurn, PasswordError};
use super::two_factor::TwoFactorError;
use crate::db::DbError;
use crate::limiter::TooOften;
use crate::work::WorkError;

/// Error of an operation on users.
#[derive(Debug, Error)]
pub enum UsersError {
    /// Values were wrong: all of them are told.
    #[error("{}", told(.0))]
    Invalid(Vec<Mistake>),
    /// Another user registered with this address, in any case.
    #[error("a user with this e-mail address exists already")]
    EmailTaken,
    /// Another user has the address that the user wants to change to.
    #[error("another user has the new e-mail address")]
    NewEmailTaken,
    /// The operator lets nobody register.
    #[error("registration is closed on this server")]
    RegistrationClosed,
    /// Unknown, expired, or used before.
    #[error("the invitation is not good, or not any more")]
    InvalidInvitation,
    /// Unknown address or wrong password: which of them is not said.
    #[error("the e-mail address or the password is wrong")]
    WrongCredentials,
    /// The user is suspended, which is told to somebody who proved who they are. Carries the reason, if one was given.
    #[error("the user is suspended")]
    Suspended(Option<String>),
    /// The viewer's own password was needed, and another was given.
    #[error("this is not the password of the user")]
    WrongCurrentPassword,
    /// The second factor was needed, or does not allow it.
    #[error(transparent)]
    TwoFactor(#[from] TwoFactorError),
    /// Unknown, expired, revoked, or used before.
    #[error("the refresh token is not good, or not any more")]
    InvalidRefreshToken,
    /// The viewer has no such session that lives.
    #[error("there is no such session")]
    UnknownSession,
    /// Unknown, expired, or used before, or the user is not who they were.
    #[error("the token is not good, or not any more")]
    InvalidMailToken,
    /// A viewer without a password signed in too long ago to be taken for who they are.
    #[error("the user has no password, and their sign-in is not recent")]
    SignInNotRecent,
    /// The viewer comes in by external tokens alone.
    #[error("the user has no password")]
    NoPassword,
    /// An external identity cannot be linked or unlinked.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The operator configured no mail server.
    #[error("this server sends no mail")]
    NoMailServer,
    /// The user's address is proven already.
    #[error("the e-mail address is verified already")]
    EmailVerified,
    /// The user is going to be deleted.
    #[error("the user is going to be deleted")]
    DeletionPlanned,
    /// The time of the user's deletion has come.
    #[error("the deletion of the user has begun")]
    DeletionBegun,
    /// Personal access tokens were refused: everything that is wrong is told.
    #[error("{} mistakes in a personal access token", .0.len())]
    AccessToken(Vec<AccessTokenRefusal>),
    /// No user has this address; told to the operator only.
    #[error(
        "no user has the e-mail address {0}; check its spelling in `amda users list`, or let them register first"
    )]
    UnknownEmail(String),
    /// No user has this id; told to admins only.
    #[error("there is no such user")]
    UnknownUser,
    /// An admin wanted to suspend themselves.
    #[error("nobody suspends themselves")]
    OwnSuspension,
    /// Nobody else would be an admin.
    #[error("this is the only admin; make another user an admin first, or revoke the role")]
    LastAdmin,
    /// A documented limit on attempts is used up.
    #[error(transparent)]
    LimitReached(#[from] LimitReached),
    /// Tried too often: a limit that protects the server.
    #[error("tried too often; possible again in {} s", .0.as_secs().max(1))]
    RateLimited(Duration),
    /// The client left before its password was looked at.
    #[error("nobody waits for the answer any more")]
    ClientGone,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The new user's unit of work failed.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// A password could not be hashed or compared.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// An access token could not be signed.
    #[error("an access token cannot be signed")]
    Signing(#[from] jsonwebtoken::errors::Error),
}

fn told(mistakes: &[Mistake]) -> String {
    let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    told.join("; ")
}

impl From<diesel::result::Error> for UsersError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Db(error.into())
    }
}

impl From<TooOften> for UsersError {
    fn from(error: TooOften) -> Self {
        Self::RateLimited(error.retry_after)
    }
}

impl From<NoTurn> for UsersError {
    fn from(error: NoTurn) -> Self {
        match error {
            NoTurn::LineFull(retry_after) => Self::RateLimited(retry_after),
            NoTurn::ClientGone => Self::ClientGone,
        }
    }
}
