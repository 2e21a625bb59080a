use crate::id::ids;

ids! {
    /// A change of a user's e-mail address.
    EmailChangeId = "EmailChange";
    /// A second factor of a user.
    TwoFactorMethodId = "TwoFactorMethod";
}
