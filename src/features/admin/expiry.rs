use crate::audit::RETENTION_DAYS;
use crate::retention::{ExpiringRows, Keeping};

/// Entries of the audit log.
pub(super) const AUDIT_EXPIRY: ExpiringRows = ExpiringRows {
    name: "audit entries",
    table: "audit_entries",
    since: "at",
    only: None,
    keeping: Keeping::Days(RETENTION_DAYS),
};
