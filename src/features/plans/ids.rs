use crate::id::ids;

ids! {
    /// The use of one limit by a user.
    QuotaUsageId = "QuotaUsage";
    /// A unit of a quota that was spent.
    QuotaUseId = "QuotaUse";
    /// The retention of a user's items; the same ULID as the user's.
    RetentionId = "Retention";
    /// The use of storage by a user; the same ULID as the user's.
    StorageUsageId = "StorageUsage";
}
