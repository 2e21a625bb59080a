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
