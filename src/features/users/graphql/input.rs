use async_graphql::{ID, InputObject, MaybeUndefined};

use crate::features::users::registration::Registration;
use crate::features::users::service::ProfileEdit;
use crate::graphql::{LanguageTag, TimeZone};

/// Input of `register`.
#[derive(InputObject)]
pub(super) struct RegisterInput {
    /// E-mail address to log in with. One address has one user; ASCII letters of either case are equal.
    email: String,
    /// Password: at least 8 characters, at most 71 bytes of UTF-8.
    password: String,
    /// Display name, at most 100 letters.
    display_name: Option<String>,
    /// Language of the user; `en` when absent.
    locale: Option<LanguageTag>,
    /// Time zone of the user; `UTC` when absent. Calendar months and schedules go by it.
    time_zone: Option<TimeZone>,
    /// Code of an invitation from the server's operator. Needed while `serverInfo.registration` is `INVITE`, and ignored
    /// while it is `OPEN`.
    invitation: Option<String>,
    /// True to set the refresh token as a cookie that scripts cannot read, for browsers, instead of returning it.
    #[graphql(default = false)]
    pub(super) uses_cookie: bool,
}

impl From<RegisterInput> for Registration {
    fn from(input: RegisterInput) -> Self {
        Self {
            email: input.email,
            password: input.password.into(),
            display_name: input.display_name,
            locale: input.locale.map(|tag| tag.0),
            time_zone: input.time_zone.map(|zone| zone.0),
            invitation: input.invitation.map(Into::into),
        }
    }
}

/// Input of `logIn`.
#[derive(InputObject)]
pub(super) struct LogInInput {
    /// E-mail address that was registered.
    pub(super) email: String,
    /// Password of the user.
    pub(super) password: String,
    /// Code of two-factor authentication: the 6 digits that the authenticator app shows now, or a recovery code. Spaces and
    /// dashes are ignored. Needed when an answer has the code `TWO_FACTOR_CODE_REQUIRED`; ignored for a user without
    /// two-factor authentication.
    pub(super) code: Option<String>,
    /// True to set the refresh token as a cookie that scripts cannot read, for browsers, instead of returning it.
    #[graphql(default = false)]
    pub(super) uses_cookie: bool,
}

/// Input of `refreshSession`.
#[derive(InputObject)]
pub(super) struct RefreshSessionInput {
    /// Newest refresh token of the session. When null or absent, the cookie's refresh token is used, and the next one is
    /// set as a cookie as well.
    pub(super) refresh_token: Option<String>,
}

/// Input of `logOut`.
#[derive(InputObject)]
pub(super) struct LogOutInput {
    /// True to end every session of the user, on every client, and not only the session of the request.
    #[graphql(default = false)]
    pub(super) ends_all_sessions: bool,
}

/// Input of `revokeSession`.
#[derive(InputObject)]
pub(super) struct RevokeSessionInput {
    /// Id of a session of the viewer's.
    pub(super) session_id: ID,
}

/// Input of `updateProfile`. Absent fields stay as they are.
#[derive(InputObject)]
pub(super) struct UpdateProfileInput {
    /// Display name, at most 100 letters; null removes the name.
    display_name: MaybeUndefined<String>,
    /// Language of the user.
    locale: Option<LanguageTag>,
    /// Time zone of the user. Calendar months and schedules go by it.
    time_zone: Option<TimeZone>,
}

impl From<UpdateProfileInput> for ProfileEdit {
    fn from(input: UpdateProfileInput) -> Self {
        let display_name = match input.display_name {
            MaybeUndefined::Undefined => None,
            MaybeUndefined::Null => Some(None),
            MaybeUndefined::Value(name) => Some(Some(name)),
        };
        Self {
            display_name,
            locale: input.locale.map(|tag| tag.0),
            time_zone: input.time_zone.map(|zone| zone.0),
        }
    }
}

/// Input of `changePassword`.
#[derive(InputObject)]
pub(super) struct ChangePasswordInput {
    /// Password as it is now.
    pub(super) current_password: String,
    /// New password: at least 8 characters, at most 71 bytes of UTF-8.
    pub(super) new_password: String,
    /// Code of two-factor authentication: the 6 digits that the authenticator app shows now, or a recovery code. Spaces and
    /// dashes are ignored. Needed when `user.twoFactor.isEnabled`, and ignored otherwise.
    pub(super) code: Option<String>,
}
