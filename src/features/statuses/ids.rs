use crate::id::ids;

ids! {
    /// A contact's status.
    StatusId = "Status";
    /// The like of a status.
    StatusLikeId = "StatusLike";
    /// The auto-like settings of an account; the same ULID as the account's.
    AutoLikeSettingsId = "AutoLikeSettings";
}
