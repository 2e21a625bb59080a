use async_graphql::{ID, InputObject, MaybeUndefined};

use crate::features::users::registration::Registration;
use crate::features::users::service::ProfileEdit;

/// Input of a registration.
#[derive(InputObject)]
pub(super) struct RegisterInput {
    /// The address to log in with. One address has one account; ASCII letters of either case are equal.
    email: String,
    /// Password: at least 8 characters, at most 71 bytes of UTF-8.
    password: String,
    /// Display name, at most 100 letters.
    display_name: Option<String>,
    /// The user's language, as a BCP 47 tag; `en` when absent.
    locale: Option<String>,
    /// The user's time zone, as the IANA database names it; `UTC` when absent. Calendar months and schedules go by it.
    time_zone: Option<String>,
    /// Code of an invitation from the server's operator; needed while `serverInfo.registration` is `INVITE`, and ignored
    /// while it is `OPEN`.
    invitation: Option<String>,
    /// True to set the refresh token as a cookie that scripts cannot read, for browsers, instead of returning it.
    #[graphql(default = false)]
    pub(super) use_cookie: bool,
}

impl From<RegisterInput> for Registration {
    fn from(input: RegisterInput) -> Self {
        Self {
            email: input.email,
            password: input.password.into(),
            display_name: input.display_name,
            locale: input.locale,
            time_zone: input.time_zone,
            invitation: input.invitation.map(Into::into),
        }
    }
}

/// Input of a login.
#[derive(InputObject)]
pub(super) struct LogInInput {
    /// The address that was registered.
    pub(super) email: String,
    /// The password.
    pub(super) password: String,
    /// True to set the refresh token as a cookie that scripts cannot read, for browsers, instead of returning it.
    #[graphql(default = false)]
    pub(super) use_cookie: bool,
}

/// Session to refresh.
#[derive(InputObject)]
pub(super) struct RefreshSessionInput {
    /// The newest refresh token; null: the one in the cookie, and the next is set as a cookie as well.
    pub(super) refresh_token: Option<String>,
}

/// Logins to end.
#[derive(InputObject)]
pub(super) struct LogOutInput {
    /// True to end every login of the user, on every client, and not only this one.
    #[graphql(default = false)]
    pub(super) everywhere: bool,
}

/// Login to end.
#[derive(InputObject)]
pub(super) struct RevokeLoginInput {
    /// A login of the viewer's.
    pub(super) login_id: ID,
}

/// Changes of the profile; absent fields stay as they are.
#[derive(InputObject)]
pub(super) struct UpdateProfileInput {
    /// Display name, at most 100 letters; null removes it.
    display_name: MaybeUndefined<String>,
    /// The user's language, as a BCP 47 tag.
    locale: Option<String>,
    /// The user's time zone, as the IANA database names it.
    time_zone: Option<String>,
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
            locale: input.locale,
            time_zone: input.time_zone,
        }
    }
}

/// The old password and the new.
#[derive(InputObject)]
pub(super) struct ChangePasswordInput {
    /// The password as it is.
    pub(super) current_password: String,
    /// Password: at least 8 characters, at most 71 bytes of UTF-8.
    pub(super) new_password: String,
}
