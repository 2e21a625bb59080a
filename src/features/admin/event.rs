use super::AuditEntryId;
use super::graphql::AuditEntry;
use crate::features::schema::event_object;

event_object! {
    /// An admin or the server's operator did something to the viewer, or an admin saw something of theirs.
    AuditEntryEvent {
        /// The new entry of the audit log; null when it is no longer kept.
        audit_entry: AuditEntry(AuditEntryId)
    }
}
