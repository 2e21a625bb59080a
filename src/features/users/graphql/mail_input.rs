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
