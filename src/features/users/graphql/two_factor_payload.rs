use async_graphql::SimpleObject;

use super::payload::viewer_payload;
use super::two_factor::TwoFactorSetupType;
use crate::features::schema::Viewer;
use crate::features::users::store::UserRow;
use crate::graphql::UserError;

/// Payload of `startTwoFactorSetup`.
#[derive(SimpleObject)]
pub(super) struct StartTwoFactorSetupPayload {
    /// The secret to confirm; null when there are errors.
    pub(super) setup: Option<TwoFactorSetupType>,
    /// Errors in the input; empty on success.
    pub(super) errors: Vec<UserError>,
}

/// Defines the payload of a mutation that gives the viewer recovery codes.
macro_rules! recovery_codes_payload {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(SimpleObject)]
        pub(super) struct $name {
            /// The viewer as they are now; null when there are errors.
            pub(super) viewer: Option<Viewer>,
            /// Ten codes such as `abcd-efgh-ijkl-mnop`, each good once in place of the authenticator app. Show them for the
            /// user to write down: nobody can read them again. Null when there are errors.
            pub(super) recovery_codes: Option<Vec<String>>,
            /// Errors in the input; empty on success.
            pub(super) errors: Vec<UserError>,
        }
    };
}

recovery_codes_payload! {
    /// Payload of `confirmTwoFactorSetup`.
    ConfirmTwoFactorSetupPayload
}

recovery_codes_payload! {
    /// Payload of `regenerateRecoveryCodes`.
    RegenerateRecoveryCodesPayload
}

viewer_payload! {
    /// Payload of `disableTwoFactor`.
    DisableTwoFactorPayload
}
