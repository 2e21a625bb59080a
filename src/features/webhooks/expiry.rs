use crate::retention::{ExpiringRows, Keeping};

/// Number of days for which the log is kept, on every plan.
const LOG_DAYS: i64 = 30;

/// Expiry of finished deliveries, with their attempts. Waiting deliveries stay.
pub(super) const EXPIRY: ExpiringRows = ExpiringRows {
    name: "webhook deliveries",
    table: "webhook_deliveries",
    since: "created_at",
    only: Some("settled_at IS NOT NULL"),
    keeping: Keeping::Days(LOG_DAYS),
};
