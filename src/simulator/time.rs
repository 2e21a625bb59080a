//! The simulator's clock.

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970, by the clock of this machine, as a real server would stamp.
#[expect(
    clippy::disallowed_methods,
    reason = "the simulator is another party with a clock of its own, and this is its only reading"
)]
pub(super) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Seconds since 1970.
pub(super) fn now() -> u64 {
    now_ms() / 1000
}
