use crate::id::ids;

ids! {
    /// A span of time during which an account received nothing.
    GapId = "ConnectionGap";
    /// Health of an account's link; the same ULID as the account's.
    AccountHealthId = "AccountHealth";
}
