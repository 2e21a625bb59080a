use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;

use super::user::Login;
use crate::features::schema::Viewer;
use crate::features::users::sessions::Session;
use crate::features::users::store::UserRow;
use crate::graphql::UserError;

/// A session, or why there is none.
#[derive(SimpleObject, Default)]
pub(super) struct SessionPayload {
    /// The signed-in user, with everything that is theirs; null when there are errors.
    viewer: Option<Viewer>,
    /// Access token, sent as `Authorization: Bearer …`, and as `token` when a WebSocket opens; null when there are
    /// errors.
    access_token: Option<String>,
    /// Time at which the access token expires; null when there are errors.
    access_token_expires_at: Option<DateTime<Utc>>,
    /// Refresh token, good for one `refreshSession`; null when it was set as a cookie, or when there are errors.
    refresh_token: Option<String>,
    /// Errors in the input; empty on success.
    errors: Vec<UserError>,
}

impl SessionPayload {
    /// `session`, without its refresh token when that goes into a cookie.
    pub(super) fn of(session: Session, uses_cookie: bool) -> Self {
        let refresh_token = session.refresh.expose_secret().to_owned();
        Self {
            viewer: Some(Viewer::of(session.user)),
            access_token: Some(session.access.token.expose_secret().to_owned()),
            access_token_expires_at: Some(session.access.expires_at),
            refresh_token: (!uses_cookie).then_some(refresh_token),
            errors: Vec::new(),
        }
    }

    pub(super) fn wrong(errors: Vec<UserError>) -> Self {
        Self {
            errors,
            ..Self::default()
        }
    }
}

/// Result of a logout.
#[derive(SimpleObject)]
pub(super) struct LogOutPayload {
    /// Number of logins that ended; 0 when this one had ended already.
    pub(super) ended_logins: i32,
    /// Errors in the input; empty on success.
    pub(super) errors: Vec<UserError>,
}

/// The login that ended.
#[derive(SimpleObject)]
pub(super) struct RevokeLoginPayload {
    /// The login that ended; null when something was wrong.
    pub(super) login: Option<Login>,
    /// Errors in the input; empty on success.
    pub(super) errors: Vec<UserError>,
}

/// The viewer as they are now.
#[derive(SimpleObject)]
pub(super) struct UserPayload {
    /// The viewer as they are now; null when something was wrong.
    viewer: Option<Viewer>,
    /// Errors in the input; empty on success.
    errors: Vec<UserError>,
}

impl UserPayload {
    pub(super) fn of(row: UserRow) -> Self {
        Self {
            viewer: Some(Viewer::of(row)),
            errors: Vec::new(),
        }
    }

    pub(super) const fn wrong(errors: Vec<UserError>) -> Self {
        Self { viewer: None, errors }
    }
}
