use crate::retention::{ExpiringRows, Keeping};

/// Days for which a settled message is kept; the feature that sent it keeps a record of its own.
const SENT_DAYS: i64 = 30;

/// Expiry of settled messages: sealed texts and addresses that nothing needs any more.
pub const EXPIRY: ExpiringRows = ExpiringRows {
    name: "sent messages",
    table: "outbox",
    since: "settled_at",
    only: None,
    keeping: Keeping::Days(SENT_DAYS),
};
