use crate::id::ids;

ids! {
    /// An entry of a user's audit log.
    AuditEntryId = "AuditEntry";
}
