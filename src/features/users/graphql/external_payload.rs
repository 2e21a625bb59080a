use async_graphql::SimpleObject;

use super::mail_payload::token_payload;
use super::payload::viewer_payload;
use crate::features::schema::Viewer;
use crate::features::users::store::UserRow;
use crate::graphql::UserError;

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
