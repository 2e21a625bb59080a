//! Time and chance: the only place of the simulator that reads the clock, and where its random values are made.

use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use rand::RngExt as _;
use rand::rngs::StdRng;

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

/// A generator that may be held across an await.
pub(super) fn rng() -> StdRng {
    rand::make_rng()
}

/// A fresh secret of `N` bytes.
pub(super) fn secret<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::rng().fill(&mut bytes[..]);
    bytes
}

/// A message id in the form that phones give: `AC` and 30 hexadecimal digits.
pub(super) fn message_id() -> String {
    secret::<15>().iter().fold(String::from("AC"), |mut id, byte| {
        let _ = write!(id, "{byte:02X}");
        id
    })
}
