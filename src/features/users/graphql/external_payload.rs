use async_graphql::SimpleObject;

use super::mail_payload::token_payload;
use super::payload::viewer_payload;
use crate::features::schema::Viewer;
use crate::features::users::external::{IdentityError, MOST_IDENTITIES};
use crate::features::users::store::UserRow;
use crate::graphql::{UserError, UserErrorCode};

viewer_payload! {
    /// Payload of `linkExternalIdentity`.
    LinkExternalIdentityPayload
}

token_payload! {
    /// Payload of `confirmExternalIdentity`.
    ConfirmExternalIdentityPayload
}

viewer_payload! {
    /// Payload of `unlinkExternalIdentity`.
    UnlinkExternalIdentityPayload
}

/// The error of a payload for an identity that is not linked, or not unlinked.
pub(super) fn refused(error: &IdentityError) -> UserError {
    match error {
        IdentityError::InvalidToken(why) => {
            UserError::authentication(UserErrorCode::InvalidExternalToken, &["token"], why.as_str())
        }
        IdentityError::IssuerUnavailable => {
            UserError::conflict_of(UserErrorCode::IssuerUnavailable, &["token"], error.to_string())
        }
        IdentityError::Taken => UserError::conflict(&["token"], error.to_string()),
        IdentityError::Unknown => UserError::unknown(&["externalIdentityId"], "external identity"),
        IdentityError::OnlyWayIn => UserError::conflict(&["externalIdentityId"], error.to_string()),
        IdentityError::TooMany => {
            let most = i32::try_from(MOST_IDENTITIES).unwrap_or(i32::MAX);
            UserError::limit(&[], "external identities", most, most, None)
        }
    }
}

/// The error of a viewer without a password who signed in too long ago.
pub(super) fn sign_in_not_recent() -> UserError {
    UserError::authentication(
        UserErrorCode::SignInNotRecent,
        &["currentPassword"],
        "the user has no password, so a recent sign-in is needed; sign in at the issuer again, and try again within 10 minutes",
    )
}

/// The error of a viewer who would change a password and has none.
pub(super) fn no_password() -> UserError {
    UserError::conflict(
        &["currentPassword"],
        "the user has no password; `requestPasswordReset` mails a link that sets one",
    )
}
