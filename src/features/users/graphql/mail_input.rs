use async_graphql::InputObject;

/// Input of `verifyEmail`.
#[derive(InputObject)]
pub(super) struct VerifyEmailInput {
    /// Token of the mail: the value of `token` in the link.
    pub(super) token: String,
}

/// Input of `requestPasswordReset`.
#[derive(InputObject)]
pub(super) struct RequestPasswordResetInput {
    /// E-mail address that was registered.
    pub(super) email: String,
}

/// Input of `resetPassword`.
#[derive(InputObject)]
pub(super) struct ResetPasswordInput {
    /// Token of the mail: the value of `token` in the link.
    pub(super) token: String,
    /// New password: at least 8 characters, at most 71 bytes of UTF-8.
    pub(super) new_password: String,
}

/// Input of `requestEmailChange`.
#[derive(InputObject)]
pub(super) struct RequestEmailChangeInput {
    /// E-mail address to use from now on.
    pub(super) new_email: String,
    /// Password of the viewer.
    pub(super) current_password: String,
    /// Code of two-factor authentication: the 6 digits that the authenticator app shows now, or a recovery code. Spaces and
    /// dashes are ignored. Needed when `user.twoFactor.isEnabled`, and ignored otherwise.
    pub(super) code: Option<String>,
}

/// Input of `confirmEmailChange`.
#[derive(InputObject)]
pub(super) struct ConfirmEmailChangeInput {
    /// Token of the mail to the new address: the value of `token` in the link.
    pub(super) token: String,
}

/// Input of `revertEmailChange`.
#[derive(InputObject)]
pub(super) struct RevertEmailChangeInput {
    /// Token of the mail to the old address: the value of `token` in the link.
    pub(super) token: String,
    /// New password: at least 8 characters, at most 71 bytes of UTF-8.
    pub(super) new_password: String,
}

/// Input of `deleteUser`.
#[derive(InputObject)]
pub(super) struct DeleteUserInput {
    /// Password of the viewer.
    pub(super) current_password: String,
    /// Code of two-factor authentication: the 6 digits that the authenticator app shows now, or a recovery code. Spaces and
    /// dashes are ignored. Needed when `user.twoFactor.isEnabled`, and ignored otherwise.
    pub(super) code: Option<String>,
}

/// Input of `cancelUserDeletion`.
#[derive(InputObject)]
pub(super) struct CancelUserDeletionInput {
    /// Token of the mail about the deletion: the value of `token` in the link. When null or absent, the deletion of the
    /// viewer is taken back.
    pub(super) token: Option<String>,
}
