use crate::id::ids;

ids! {
    /// A span of time during which an account received nothing.
    GapId = "ConnectionGap";
    /// Health of an account's link; the same ULID as the account's.
    AccountHealthId = "AccountHealth";
    /// An account as admins see it; the same ULID as the account's.
    AdminAccountId = "AdminAccount";
}
