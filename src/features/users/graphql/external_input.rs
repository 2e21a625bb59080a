use async_graphql::{ID, InputObject};

/// Input of `linkExternalIdentity`.
#[derive(InputObject)]
pub(super) struct LinkExternalIdentityInput {
    /// Access token of the issuer for the identity to link.
    pub(super) token: String,
    /// Password of the viewer. Ignored for a viewer who has none: they must have signed in within 10 minutes.
    pub(super) current_password: String,
    /// Code of two-factor authentication: the 6 digits that the authenticator app shows now, or a recovery code. Spaces and
    /// dashes are ignored. Needed when `user.twoFactor.isEnabled`, and ignored otherwise.
    pub(super) code: Option<String>,
}

/// Input of `confirmExternalIdentity`.
#[derive(InputObject)]
pub(super) struct ConfirmExternalIdentityInput {
    /// Token of the mail: the value of `token` in the link.
    pub(super) token: String,
}

/// Input of `unlinkExternalIdentity`.
#[derive(InputObject)]
pub(super) struct UnlinkExternalIdentityInput {
    /// Id of an external identity of the viewer's.
    pub(super) external_identity_id: ID,
}
