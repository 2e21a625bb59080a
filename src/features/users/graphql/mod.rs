//! Users in the GraphQL schema.

mod access_token;
mod access_token_roots;
mod admin;
mod external_identity;
mod external_input;
mod external_payload;
mod external_roots;
mod input;
mod mail_input;
mod mail_payload;
mod mail_roots;
mod payload;
mod roots;
mod session;
mod two_factor;
mod two_factor_input;
mod two_factor_payload;
mod two_factor_roots;
mod user;

pub use access_token::{AccessToken, AccessTokenEvent, AccessTokenViewerFields};
pub use access_token_roots::AccessTokenMutation;
pub use admin::{AdminFields, AdminMutation, AdminSession, AdminUser};
pub use external_identity::ExternalIdentity;
pub use external_roots::ExternalMutation;
pub use mail_roots::MailMutation;
pub use roots::{Mutation, Query};
pub use session::Session;
pub use two_factor_roots::TwoFactorMutation;
pub use user::{User, ViewerFields};

use async_graphql::{Context, Error, Result};

use super::access_tokens::{AccessTokenRefusal, MOST_ACCESS_TOKENS};
use super::confirmation::Proof;
use super::error::UsersError;
use super::model::{INVITATION, Mistake};
use super::service::UsersService;
use crate::graphql::{ClientInfo, UserError, UserErrorCode, internal, rate_limited, viewer};
use crate::work::Work;

fn service<'a>(ctx: &Context<'a>) -> &'a UsersService {
    ctx.data_unchecked::<UsersService>()
}

fn client(ctx: &Context<'_>) -> ClientInfo {
    ctx.data_opt::<ClientInfo>().cloned().unwrap_or_default()
}

/// The proof in an input.
fn proof(password: String, code: Option<String>) -> Proof {
    Proof {
        password: Some(password.into()),
        code: code.map(Into::into),
    }
}

/// Opens the unit of work of an act of the viewer's that another feature does, as `what` names it, once they proved who they
/// are: with `currentPassword` and `code` of the input. The code is used up when the act is committed.
///
/// # Errors
/// `UNAUTHENTICATED`; `RATE_LIMITED`; `INTERNAL`.
pub async fn begin_proven(
    ctx: &Context<'_>,
    current_password: String,
    code: Option<String>,
    what: &str,
) -> Result<Result<Work, Vec<UserError>>> {
    let (service, proof) = (service(ctx), proof(current_password, code));
    let begun = match service.confirm(viewer(ctx)?, &proof, &client(ctx), what).await {
        Ok(confirmed) => service.begin_confirmed(&confirmed).await,
        Err(error) => Err(error),
    };
    judge(ctx, begun)
}

/// Splits a failure into what the client can mend, as the errors of the payload, and what it cannot.
fn judge<T>(ctx: &Context<'_>, done: Result<T, UsersError>) -> Result<Result<T, Vec<UserError>>> {
    match done {
        Ok(done) => Ok(Ok(done)),
        Err(error) => mendable(ctx, error).map(Err),
    }
}

fn mendable(ctx: &Context<'_>, error: UsersError) -> Result<Vec<UserError>> {
    let one = |error| Ok(vec![error]);
    match error {
        UsersError::Invalid(mistakes) => Ok(mistakes.into_iter().map(invalid).collect()),
        UsersError::EmailTaken => one(UserError::conflict_of(
            UserErrorCode::EmailTaken,
            &["email"],
            "a user with this e-mail address exists already; log in, or register with another address",
        )),
        UsersError::NewEmailTaken => one(UserError::conflict_of(
            UserErrorCode::EmailTaken,
            &["token"],
            "another user has this e-mail address by now; ask for a change to another address",
        )),
        UsersError::RegistrationClosed => one(UserError::conflict_of(
            UserErrorCode::RegistrationClosed,
            &[],
            "registration is closed on this server; ask its operator to add you, or log in if you are registered",
        )),
        UsersError::InvalidInvitation => one(UserError::invalid_invitation(
            &["invitation"],
            "this invitation is unknown, expired, or was used before; copy its code whole, or ask the server's operator \
             for another",
        )),
        UsersError::WrongCredentials => one(UserError::authentication(
            UserErrorCode::WrongCredentials,
            &[],
            "the e-mail address or the password is wrong; try again with others",
        )),
        UsersError::Suspended(reason) => one(admin::suspended(reason.as_deref())),
        UsersError::UnknownUser => one(UserError::unknown(&["userId"], "user")),
        UsersError::OwnSuspension => one(admin::own_suspension()),
        UsersError::LastAdmin => one(admin::last_admin()),
        UsersError::WrongCurrentPassword => one(UserError::authentication(
            UserErrorCode::WrongCredentials,
            &["currentPassword"],
            "this is not the password of the user; pass the one that you log in with now",
        )),
        UsersError::TwoFactor(refusal) => one(two_factor::refused(refusal)),
        UsersError::InvalidRefreshToken => one(UserError::authentication(
            UserErrorCode::InvalidRefreshToken,
            &["refreshToken"],
            "this refresh token is unknown, expired, revoked, or was used before; log in again",
        )),
        UsersError::InvalidMailToken => one(UserError::authentication(
            UserErrorCode::InvalidMailToken,
            &["token"],
            "this token is unknown, expired, or was used before; ask for another mail",
        )),
        UsersError::NoMailServer => one(UserError::conflict_of(
            UserErrorCode::NoMailServer,
            &[],
            "this server sends no mail; ask its operator for a new password or to configure a mail server",
        )),
        UsersError::EmailVerified => one(UserError::conflict(
            &[],
            "the e-mail address is verified already; there is nothing to do",
        )),
        UsersError::DeletionPlanned => one(UserError::conflict(
            &[],
            "the user is going to be deleted; call `cancelUserDeletion` first",
        )),
        UsersError::DeletionBegun => one(UserError::conflict(
            &[],
            "the deletion of the user has begun, and cannot be taken back any more; register anew to go on",
        )),
        UsersError::AccessToken(refusals) => Ok(refusals.iter().map(refused_token).collect()),
        UsersError::SignInNotRecent => one(external_payload::sign_in_not_recent()),
        UsersError::NoPassword => one(external_payload::no_password()),
        UsersError::Identity(error) => one(external_payload::refused(&error)),
        UsersError::UnknownSession => one(UserError::unknown(&["sessionId"], "session")),
        UsersError::LimitReached(reached) => {
            let resets_at = service(ctx).core.clock.now() + reached.retry_after;
            let limit = i32::try_from(reached.limit).unwrap_or(i32::MAX);
            one(UserError::limit(&[], reached.of, limit, limit, Some(resets_at)))
        }
        UsersError::RateLimited(retry_after) => Err(rate_limited(retry_after)),
        error @ UsersError::ClientGone => Err(Error::new(error.to_string())),
        error @ (UsersError::UnknownEmail(_)
        | UsersError::Db(_)
        | UsersError::Work(_)
        | UsersError::Password(_)
        | UsersError::Signing(_)) => Err(internal(ctx, error)),
    }
}

fn refused_token(refusal: &AccessTokenRefusal) -> UserError {
    let words = refusal.to_string();
    match refusal {
        AccessTokenRefusal::Name(_) => UserError::invalid(&["name"], words),
        AccessTokenRefusal::NoScope => UserError::invalid(&["scopes"], words),
        AccessTokenRefusal::Expiry => UserError::invalid(&["expiresAt"], words),
        AccessTokenRefusal::NoAccount | AccessTokenRefusal::Accounts(_) => {
            UserError::invalid(&["accountIds"], words)
        }
        AccessTokenRefusal::UnknownAccount(index) => {
            UserError::unknown(&["accountIds", &index.to_string()], "account")
        }
        AccessTokenRefusal::Proof(mistake) => UserError::invalid(&[mistake.field], words),
        AccessTokenRefusal::TooMany { used } => {
            UserError::limit(&[], "access tokens", MOST_ACCESS_TOKENS, *used, None)
        }
        AccessTokenRefusal::Unknown => UserError::unknown(&["accessTokenId"], "access token"),
    }
}

fn invalid(mistake: Mistake) -> UserError {
    match mistake.field {
        INVITATION => UserError::invalid_invitation(&[INVITATION], mistake.message),
        field => UserError::invalid(&[field], mistake.message),
    }
}
