use async_graphql::SimpleObject;

use super::payload::viewer_payload;
use crate::features::schema::Viewer;
use crate::features::users::store::UserRow;
use crate::graphql::UserError;

viewer_payload! {
    /// Payload of `sendVerificationEmail`.
    SendVerificationEmailPayload
}

/// Payload of `verifyEmail`.
#[derive(SimpleObject)]
pub(super) struct VerifyEmailPayload {
    /// The viewer as they are now; null when there are errors, and when the user of the token is not signed in.
    pub(super) viewer: Option<Viewer>,
    /// Errors in the input; empty on success.
    pub(super) errors: Vec<UserError>,
}

/// Payload of `requestPasswordReset`: the same whether a user has the address or not.
#[derive(SimpleObject)]
pub(super) struct RequestPasswordResetPayload {
    /// Errors in the input; empty on success.
    pub(super) errors: Vec<UserError>,
}

/// Payload of `resetPassword`.
#[derive(SimpleObject)]
pub(super) struct ResetPasswordPayload {
    /// Number of sessions that ended; 0 when there are errors.
    pub(super) ended_sessions: i32,
    /// Errors in the input; empty on success.
    pub(super) errors: Vec<UserError>,
}
