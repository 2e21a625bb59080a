use crate::id::ids;

ids! {
    /// A change of a user's e-mail address.
    EmailChangeId = "EmailChange";
    /// A second factor of a user.
    TwoFactorMethodId = "TwoFactorMethod";
    /// A user as admins see them; the same ULID as the user's.
    AdminUserId = "AdminUser";
    /// A session as admins see it; the same ULID as the session's.
    AdminSessionId = "AdminSession";
    /// A user's identity at an issuer of tokens outside.
    ExternalIdentityId = "ExternalIdentity";
    /// The question whether such an identity is a user's.
    ExternalLinkRequestId = "ExternalLinkRequest";
}
