use async_graphql::InputObject;

/// Input of `startTwoFactorSetup`.
#[derive(InputObject)]
pub(super) struct StartTwoFactorSetupInput {
    /// Password of the viewer.
    pub(super) current_password: String,
}

/// Input of `confirmTwoFactorSetup`.
#[derive(InputObject)]
pub(super) struct ConfirmTwoFactorSetupInput {
    /// The 6 digits that the authenticator app shows now. Spaces are ignored.
    pub(super) code: String,
}

/// Input of `disableTwoFactor`.
#[derive(InputObject)]
pub(super) struct DisableTwoFactorInput {
    /// Password of the viewer.
    pub(super) current_password: String,
    /// The 6 digits that the authenticator app shows now, or a recovery code. Spaces and dashes are ignored.
    pub(super) code: String,
}

/// Input of `regenerateRecoveryCodes`.
#[derive(InputObject)]
pub(super) struct RegenerateRecoveryCodesInput {
    /// Password of the viewer.
    pub(super) current_password: String,
    /// The 6 digits that the authenticator app shows now, or a recovery code. Spaces and dashes are ignored.
    pub(super) code: String,
}
