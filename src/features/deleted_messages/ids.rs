use crate::id::ids;

ids! {
    /// A deleted message.
    DeletedMessageId = "DeletedMessage";
    /// The settings of an account for holding messages; the same ULID as the account's.
    DeletedMessageSettingsId = "DeletedMessageSettings";
}
