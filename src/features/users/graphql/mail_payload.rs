use async_graphql::SimpleObject;

use super::payload::viewer_payload;
use crate::features::schema::Viewer;
use crate::features::users::store::UserRow;
use crate::graphql::UserError;

viewer_payload! {
    /// Payload of `sendVerificationEmail`.
    SendVerificationEmailPayload
}

viewer_payload! {
    /// Payload of `requestEmailChange`.
    RequestEmailChangePayload
}

/// Defines the payload of a mutation that changes the user of a token, who may be signed in or not.
macro_rules! token_payload {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(SimpleObject)]
        pub(super) struct $name {
            /// The viewer as they are now; null when there are errors, and when the user of the token is not signed in.
            pub(super) viewer: Option<Viewer>,
            /// Errors in the input; empty on success.
            pub(super) errors: Vec<UserError>,
        }
    };
}

pub(super) use token_payload;

token_payload! {
    /// Payload of `verifyEmail`.
    VerifyEmailPayload
}

viewer_payload! {
    /// Payload of `deleteUser`.
    DeleteUserPayload
}

token_payload! {
    /// Payload of `cancelUserDeletion`.
    CancelUserDeletionPayload
}

token_payload! {
    /// Payload of `confirmEmailChange`.
    ConfirmEmailChangePayload
}

/// Defines the payload of a mutation that ends all sessions of the user of a token.
macro_rules! ended_payload {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(SimpleObject)]
        pub(super) struct $name {
            /// Number of sessions that ended; 0 when there are errors.
            pub(super) ended_sessions: i32,
            /// Errors in the input; empty on success.
            pub(super) errors: Vec<UserError>,
        }
    };
}

ended_payload! {
    /// Payload of `resetPassword`.
    ResetPasswordPayload
}

ended_payload! {
    /// Payload of `revertEmailChange`.
    RevertEmailChangePayload
}

/// Payload of `requestPasswordReset`: the same whether a user has the address or not.
#[derive(SimpleObject)]
pub(super) struct RequestPasswordResetPayload {
    /// Errors in the input; empty on success.
    pub(super) errors: Vec<UserError>,
}
