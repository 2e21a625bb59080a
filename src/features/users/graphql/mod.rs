//! Users in the GraphQL schema.

mod input;
mod payload;
mod roots;
mod user;

pub use roots::{Mutation, Query};
pub use user::{Login, User, ViewerFields};

use async_graphql::{Context, Error, Result};

use super::error::UsersError;
use super::service::UsersService;
use crate::graphql::{ClientInfo, UserError, UserErrorCode, internal, rate_limited};

fn service<'a>(ctx: &Context<'a>) -> &'a UsersService {
    ctx.data_unchecked::<UsersService>()
}

fn client(ctx: &Context<'_>) -> ClientInfo {
    ctx.data_opt::<ClientInfo>().cloned().unwrap_or_default()
}

/// Splits a failure into what the client can mend, as data, and what it cannot.
fn mendable(ctx: &Context<'_>, error: UsersError) -> Result<Vec<UserError>> {
    let conflict = |code, path: &[&str], words| Ok(vec![UserError::conflict_of(code, path, words)]);
    let invitation = |words: &str| Ok(vec![UserError::invalid_invitation(&["invitation"], words)]);
    let refused = |code, path: &[&str], words| Ok(vec![UserError::authentication(code, path, words)]);
    match error {
        UsersError::Invalid(mistakes) => Ok(mistakes
            .into_iter()
            .map(|mistake| UserError::invalid(&[mistake.field], mistake.message))
            .collect()),
        UsersError::EmailTaken => conflict(
            UserErrorCode::EmailTaken,
            &["email"],
            "this e-mail address has an account already; log in, or register with another address",
        ),
        UsersError::RegistrationClosed => conflict(
            UserErrorCode::RegistrationClosed,
            &[],
            "registration is closed on this server; ask its operator to add you, or log in if you are registered",
        ),
        UsersError::InvitationMissing => invitation(
            "registration needs an invitation on this server; ask its operator for one, and pass its code as `invitation`",
        ),
        UsersError::InvalidInvitation => invitation(
            "this invitation is unknown, expired, or was used before; copy its code whole, or ask the server's operator \
             for another",
        ),
        UsersError::WrongCredentials => refused(
            UserErrorCode::WrongCredentials,
            &[],
            "the e-mail address or the password is wrong; try again with others",
        ),
        UsersError::InvalidRefreshToken => refused(
            UserErrorCode::InvalidRefreshToken,
            &["refreshToken"],
            "this refresh token is unknown, expired, revoked, or was used before; log in again",
        ),
        UsersError::UnknownLogin => Ok(vec![UserError::unknown(&["loginId"], "login")]),
        UsersError::RateLimited(retry_after) => Err(rate_limited(retry_after)),
        error @ UsersError::ClientGone => Err(Error::new(error.to_string())),
        error @ (UsersError::UnknownEmail(_)
        | UsersError::Db(_)
        | UsersError::Work(_)
        | UsersError::Password(_)
        | UsersError::Signing(_)) => Err(fault(ctx, error)),
    }
}

/// A failure where nothing can be mended by the client.
fn fault(ctx: &Context<'_>, error: UsersError) -> Error {
    internal(ctx, error)
}
