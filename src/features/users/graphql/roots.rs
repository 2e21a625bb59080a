use async_graphql::{Context, Object, Result};
use secrecy::SecretString;

use super::input::{
    ChangePasswordInput, LogInInput, LogOutInput, RefreshSessionInput, RegisterInput, RevokeSessionInput,
    UpdateProfileInput,
};
use super::payload::{
    ChangePasswordPayload, LogInPayload, LogOutPayload, RefreshSessionPayload, RegisterPayload,
    RevokeSessionPayload, UpdateProfilePayload,
};
use super::session::Session;
use super::{client, judge, proof, service};
use crate::features::schema;
use crate::features::users::cookie;
use crate::features::users::error::UsersError;
use crate::features::users::sessions::IssuedSession;
use crate::graphql::{UserError, Viewer, internal, unauthenticated, viewer};
use crate::id::{SessionId, UserId};

/// Queries of the viewer.
#[derive(Debug, Clone, Copy, Default)]
pub struct Query;

#[Object(name = "UsersQuery")]
impl Query {
    /// The signed-in user's view of everything that is theirs; null when nobody is signed in.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Option<schema::Viewer>> {
        match ctx.data_opt::<Viewer>() {
            Some(viewer) => schema::Viewer::find(ctx, viewer.user).await,
            None => Ok(None),
        }
    }
}

/// Mutations of users: registration, sessions and the profile.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mutation;

#[Object(name = "UsersMutation")]
impl Mutation {
    /// Registers a user and begins their first session. `serverInfo.registration` says who may register. The fourth
    /// registration in an hour from one network address is a `LimitExceeded` in the payload, except from the server's own
    /// machine. `RATE_LIMITED` at the top of the answer means that too many clients wait for their password to be hashed.
    async fn register(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "User to register.")] input: RegisterInput,
    ) -> Result<RegisterPayload> {
        let uses_cookie = input.uses_cookie;
        let registered = service(ctx).register(input.into(), &client(ctx)).await;
        Ok(RegisterPayload::of(
            issue(ctx, registered, uses_cookie)?,
            uses_cookie,
        ))
    }

    /// Begins a session of a registered user. An unknown e-mail address and a wrong password get the same answer. The
    /// sixth wrong password in a minute for one e-mail address from one network address is a `LimitExceeded` in the
    /// payload. So is every attempt too soon after ten wrong ones for one e-mail address from anywhere: each further one
    /// doubles the wait, up to 15 minutes. Those of strangers do not count near a network from which the user logged in
    /// before, nor in a browser that still sends a refresh cookie of theirs. `RATE_LIMITED` at the top of the answer means
    /// that the network address tries too many users, or that too many clients wait for their password to be compared.
    ///
    /// When the password is right and the user has two-factor authentication, an `AuthenticationFailed` with the code
    /// `TWO_FACTOR_CODE_REQUIRED` asks to repeat the mutation with `code`. `WRONG_TWO_FACTOR_CODE` is told for a wrong code,
    /// and for one that was used before; the eleventh of them in 15 minutes is a `LimitExceeded` in the payload. Behind both,
    /// a suspended user is told `USER_SUSPENDED`, with the reason in the message.
    async fn log_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Credentials of the user.")] input: LogInInput,
    ) -> Result<LogInPayload> {
        let password = SecretString::from(input.password);
        let code = input.code.map(SecretString::from);
        let begun = service(ctx)
            .log_in(&input.email, &password, code.as_ref(), &client(ctx))
            .await;
        Ok(LogInPayload::of(
            issue(ctx, begun, input.uses_cookie)?,
            input.uses_cookie,
        ))
    }

    /// Exchanges a refresh token, which is good for 7 days and for one use, for the next tokens of its session. So that
    /// two tabs of a browser may refresh at the same time, a used token is accepted again for 10 seconds from the network
    /// address and with the `User-Agent` that used it. A used token that comes later or from elsewhere must have been
    /// copied: it ends its session, with every token of it. A token that was good until its user was suspended is told
    /// `USER_SUSPENDED`.
    async fn refresh_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Session to refresh.")] input: RefreshSessionInput,
    ) -> Result<RefreshSessionPayload> {
        let uses_cookie = input.refresh_token.is_none();
        let given = input.refresh_token.map(SecretString::from);
        let refreshed = match given.or_else(|| client(ctx).refresh_cookie) {
            Some(token) => service(ctx).refresh(&token, &client(ctx)).await,
            None => Err(UsersError::InvalidRefreshToken),
        };
        // The cookie stays when it is refused: another tab may have put a better one in its place.
        Ok(RefreshSessionPayload::of(
            issue(ctx, refreshed, uses_cookie)?,
            uses_cookie,
        ))
    }

    /// Ends the session of the request, or all of the user's sessions: their refresh and access tokens are refused at
    /// once, and their sockets close. A browser whose access token expired is known by its cookie.
    async fn log_out(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Sessions to end.")] input: LogOutInput,
    ) -> Result<LogOutPayload> {
        let (user, session) = leaving(ctx).await?;
        let ended = service(ctx).log_out(user, session, input.ends_all_sessions).await;
        let ended = ended.map_err(|e| internal(ctx, e))?;
        ctx.append_http_header("Set-Cookie", cookie::clear(service(ctx).config.is_https));
        Ok(LogOutPayload {
            ended_sessions: i32::try_from(ended).unwrap_or(i32::MAX),
            errors: Vec::new(),
        })
    }

    /// Ends one of the viewer's sessions, on another client or this one.
    async fn revoke_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Session to end.")] input: RevokeSessionInput,
    ) -> Result<RevokeSessionPayload> {
        let viewer = viewer(ctx)?;
        let ended = match SessionId::from_global(&input.session_id) {
            Ok(session) => judge(ctx, service(ctx).revoke_session(viewer, session).await)?,
            Err(error) => Err(vec![UserError::no_id(&["sessionId"], &error)]),
        };
        Ok(match ended {
            Ok(row) => RevokeSessionPayload {
                session: Some(Session(row)),
                viewer: schema::Viewer::find(ctx, viewer.user).await?,
                errors: Vec::new(),
            },
            Err(errors) => RevokeSessionPayload {
                session: None,
                viewer: None,
                errors,
            },
        })
    }

    /// Changes the viewer's display name, language or time zone.
    async fn update_profile(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Changes to make.")] input: UpdateProfileInput,
    ) -> Result<UpdateProfilePayload> {
        let changed = service(ctx).update_profile(viewer(ctx)?, input.into()).await;
        Ok(UpdateProfilePayload::of(judge(ctx, changed)?))
    }

    /// Changes the viewer's password, ends all their other sessions, and mails the viewer that it was changed. A wrong
    /// current password or code counts with those of `logIn`, and so does the limit.
    async fn change_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "New password, and proof that it is the viewer who asks.")]
        input: ChangePasswordInput,
    ) -> Result<ChangePasswordPayload> {
        let (proof, new) = (
            proof(input.current_password, input.code),
            input.new_password.into(),
        );
        let changed = service(ctx)
            .change_password(viewer(ctx)?, &proof, &new, &client(ctx))
            .await;
        Ok(ChangePasswordPayload::of(judge(ctx, changed)?))
    }
}

/// The issued session, its refresh token set as a cookie if that is wanted; or the errors of the payload.
fn issue(
    ctx: &Context<'_>,
    issued: Result<IssuedSession, UsersError>,
    uses_cookie: bool,
) -> Result<Result<IssuedSession, Vec<UserError>>> {
    let issued = judge(ctx, issued)?;
    if let (Ok(session), true) = (&issued, uses_cookie) {
        let set = cookie::set(&session.refresh, service(ctx).config.is_https);
        ctx.append_http_header("Set-Cookie", set);
    }
    Ok(issued)
}

/// Session to end: the viewer's, else that of the cookie.
async fn leaving(ctx: &Context<'_>) -> Result<(UserId, SessionId)> {
    if let Ok(viewer) = viewer(ctx) {
        // The server refuses a personal access token before: it has no session to end.
        let session = viewer.session().ok_or_else(unauthenticated)?;
        return Ok((viewer.user, session));
    }
    let cookie = client(ctx).refresh_cookie.ok_or_else(unauthenticated)?;
    let found = service(ctx)
        .find_session(&cookie)
        .await
        .map_err(|e| internal(ctx, e))?;
    found.ok_or_else(unauthenticated)
}
