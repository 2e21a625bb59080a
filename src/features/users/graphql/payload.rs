use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;

use super::session::Session;
use crate::features::schema::Viewer;
use crate::features::users::sessions::IssuedSession;
use crate::features::users::store::UserRow;
use crate::graphql::UserError;

/// Defines the payload of a mutation that begins or refreshes a session.
macro_rules! session_payload {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(SimpleObject, Default)]
        pub(super) struct $name {
            /// The signed-in viewer; null when there are errors.
            viewer: Option<Viewer>,
            /// Access token: send it as `Authorization: Bearer …`, and as `token` when a WebSocket opens. Null when there
            /// are errors.
            access_token: Option<String>,
            /// Time at which the access token expires; null when there are errors.
            access_token_expires_at: Option<DateTime<Utc>>,
            /// Refresh token, good for one `refreshSession`. Null when it was set as a cookie, or when there are errors.
            refresh_token: Option<String>,
            /// Errors in the input; empty on success.
            errors: Vec<UserError>,
        }

        impl $name {
            /// The tokens of `issued`, without the refresh token when that goes into a cookie.
            pub(super) fn of(issued: Result<IssuedSession, Vec<UserError>>, uses_cookie: bool) -> Self {
                match issued {
                    Ok(issued) => {
                        let refresh_token = issued.refresh.expose_secret().to_owned();
                        Self {
                            viewer: Some(Viewer::of(issued.user)),
                            access_token: Some(issued.access.token.expose_secret().to_owned()),
                            access_token_expires_at: Some(issued.access.expires_at),
                            refresh_token: (!uses_cookie).then_some(refresh_token),
                            errors: Vec::new(),
                        }
                    }
                    Err(errors) => Self { errors, ..Self::default() },
                }
            }
        }
    };
}

session_payload! {
    /// Payload of `register`: the new user's first session.
    RegisterPayload
}

session_payload! {
    /// Payload of `logIn`: a new session.
    LogInPayload
}

session_payload! {
    /// Payload of `refreshSession`: the next tokens of the session.
    RefreshSessionPayload
}

/// Payload of `logOut`.
#[derive(SimpleObject)]
pub(super) struct LogOutPayload {
    /// Number of sessions that ended; 0 when the session of the request had ended already.
    pub(super) ended_sessions: i32,
    /// Errors in the input; empty on success.
    pub(super) errors: Vec<UserError>,
}

/// Payload of `revokeSession`.
#[derive(SimpleObject)]
pub(super) struct RevokeSessionPayload {
    /// The session that ended; null when there are errors.
    pub(super) session: Option<Session>,
    /// The viewer, whose `sessions` no longer hold the ended one; null when there are errors.
    pub(super) viewer: Option<Viewer>,
    /// Errors in the input; empty on success.
    pub(super) errors: Vec<UserError>,
}

/// Defines the payload of a mutation that changes the viewer.
macro_rules! viewer_payload {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(SimpleObject)]
        pub(super) struct $name {
            /// The viewer as they are now; null when there are errors.
            viewer: Option<Viewer>,
            /// Errors in the input; empty on success.
            errors: Vec<UserError>,
        }

        impl $name {
            pub(super) fn of(changed: Result<UserRow, Vec<UserError>>) -> Self {
                match changed {
                    Ok(row) => Self { viewer: Some(Viewer::of(row)), errors: Vec::new() },
                    Err(errors) => Self { viewer: None, errors },
                }
            }
        }
    };
}

pub(super) use viewer_payload;

viewer_payload! {
    /// Payload of `updateProfile`.
    UpdateProfilePayload
}

viewer_payload! {
    /// Payload of `changePassword`.
    ChangePasswordPayload
}
