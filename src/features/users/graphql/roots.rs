use async_graphql::{Context, Object, Result};
use secrecy::SecretString;

use super::input::{
    ChangePasswordInput, LogInInput, LogOutInput, RefreshSessionInput, RegisterInput, RevokeLoginInput,
    UpdateProfileInput,
};
use super::payload::{LogOutPayload, RevokeLoginPayload, SessionPayload, UserPayload};
use super::user::Login;
use super::{client, fault, mendable, service};
use crate::features::schema;
use crate::features::users::cookie;
use crate::features::users::error::UsersError;
use crate::features::users::sessions::Session;
use crate::graphql::{UserError, Viewer, unauthenticated, viewer};
use crate::id::{LoginId, UserId};

/// Queries of the viewer.
#[derive(Debug, Clone, Copy, Default)]
pub struct Query;

#[Object(name = "UsersQuery")]
impl Query {
    /// The signed-in user; null when nobody is signed in.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Option<schema::Viewer>> {
        let Some(viewer) = ctx.data_opt::<Viewer>() else {
            return Ok(None);
        };
        let row = service(ctx).find(viewer.user).await.map_err(|e| fault(ctx, e))?;
        Ok(row.map(schema::Viewer::of))
    }
}

/// Mutations of users: registration, logins and the profile.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mutation;

#[Object(name = "UsersMutation")]
impl Mutation {
    /// Registers a user and signs them in. Limited to 3 an hour from one address, except from the server's own machine.
    /// `serverInfo.registration` says who may register.
    async fn register(&self, ctx: &Context<'_>, input: RegisterInput) -> Result<SessionPayload> {
        let uses_cookie = input.use_cookie;
        let session = service(ctx).register(input.into(), &client(ctx)).await;
        answer(ctx, session, uses_cookie)
    }

    /// Signs a user in. An unknown address and a wrong password get the same answer. Five wrong passwords a minute for
    /// one address from one place; then `RATE_LIMITED`, with `retryAfterMs`.
    async fn log_in(&self, ctx: &Context<'_>, input: LogInInput) -> Result<SessionPayload> {
        let password = SecretString::from(input.password);
        let session = service(ctx).log_in(&input.email, &password, &client(ctx)).await;
        answer(ctx, session, input.use_cookie)
    }

    /// Exchanges a refresh token, which is good for 7 days and for one use, for a new session. So that two tabs of a
    /// browser may refresh at the same time, a used token is accepted again for 10 seconds from the network address and
    /// with the `User-Agent` that used it, and brings a session of the same login. A used token that comes later or from
    /// elsewhere must have been copied: it ends its login, with every token of it.
    async fn refresh_session(&self, ctx: &Context<'_>, input: RefreshSessionInput) -> Result<SessionPayload> {
        let uses_cookie = input.refresh_token.is_none();
        let given = input.refresh_token.map(SecretString::from);
        let Some(token) = given.or_else(|| client(ctx).refresh_cookie) else {
            return answer(ctx, Err(UsersError::InvalidRefreshToken), true);
        };
        // The cookie stays when it is refused: another tab may have put a better one in its place.
        answer(ctx, service(ctx).refresh(&token, &client(ctx)).await, uses_cookie)
    }

    /// Ends the session of the request, or all of the user's sessions: their refresh and access tokens are refused at once,
    /// and their sockets close. A browser whose access token expired is known by its cookie.
    async fn log_out(&self, ctx: &Context<'_>, input: LogOutInput) -> Result<LogOutPayload> {
        let (user, login) = leaving(ctx).await?;
        let ended = service(ctx).log_out(user, login, input.everywhere).await;
        let ended = ended.map_err(|e| fault(ctx, e))?;
        ctx.append_http_header("Set-Cookie", cookie::clear(service(ctx).config.is_https));
        Ok(LogOutPayload {
            ended_logins: i32::try_from(ended).unwrap_or(i32::MAX),
            errors: Vec::new(),
        })
    }

    /// Ends one of the viewer's logins.
    async fn revoke_login(&self, ctx: &Context<'_>, input: RevokeLoginInput) -> Result<RevokeLoginPayload> {
        let viewer = viewer(ctx)?;
        let wrong = |errors| RevokeLoginPayload { login: None, errors };
        let login = match LoginId::from_global(&input.login_id) {
            Ok(login) => login,
            Err(error) => return Ok(wrong(vec![UserError::invalid(&["loginId"], error.to_string())])),
        };
        match service(ctx).revoke_login(viewer, login).await {
            Ok(row) => Ok(RevokeLoginPayload {
                login: Some(Login(row)),
                errors: Vec::new(),
            }),
            Err(error) => mendable(ctx, error).map(wrong),
        }
    }

    /// Changes the viewer's display name, language or time zone.
    async fn update_profile(&self, ctx: &Context<'_>, input: UpdateProfileInput) -> Result<UserPayload> {
        let viewer = viewer(ctx)?;
        match service(ctx).update_profile(viewer, input.into()).await {
            Ok(row) => Ok(UserPayload::of(row)),
            Err(error) => mendable(ctx, error).map(UserPayload::wrong),
        }
    }

    /// Changes the viewer's password and ends all their other logins.
    async fn change_password(&self, ctx: &Context<'_>, input: ChangePasswordInput) -> Result<UserPayload> {
        let viewer = viewer(ctx)?;
        let (current, new) = (input.current_password.into(), input.new_password.into());
        let client = client(ctx);
        match service(ctx)
            .change_password(viewer, &current, &new, &client)
            .await
        {
            Ok(row) => Ok(UserPayload::of(row)),
            Err(error) => mendable(ctx, error).map(UserPayload::wrong),
        }
    }
}

fn answer(
    ctx: &Context<'_>,
    session: Result<Session, UsersError>,
    uses_cookie: bool,
) -> Result<SessionPayload> {
    match session {
        Ok(session) => {
            if uses_cookie {
                let set = cookie::set(&session.refresh, service(ctx).config.is_https);
                ctx.append_http_header("Set-Cookie", set);
            }
            Ok(SessionPayload::of(session, uses_cookie))
        }
        Err(error) => mendable(ctx, error).map(SessionPayload::wrong),
    }
}

/// Login to end: the viewer's, else that of the cookie.
async fn leaving(ctx: &Context<'_>) -> Result<(UserId, LoginId)> {
    if let Ok(viewer) = viewer(ctx) {
        return Ok((viewer.user, viewer.login));
    }
    let cookie = client(ctx).refresh_cookie.ok_or_else(unauthenticated)?;
    let found = service(ctx)
        .find_login(&cookie)
        .await
        .map_err(|e| fault(ctx, e))?;
    found.ok_or_else(unauthenticated)
}
