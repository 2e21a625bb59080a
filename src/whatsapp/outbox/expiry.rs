use crate::retention::{Aged, Keeping};

/// For how many days what was sent is kept: what it was for keeps its own record.
const SENT_DAYS: i64 = 30;

/// What was sent, or given up: sealed words and addresses that nothing needs any more.
pub const EXPIRY: Aged = Aged {
    name: "sent messages",
    table: "outbox",
    since: "settled_at",
    keeping: Keeping::Days(SENT_DAYS),
};
