//! Random values: generators, secrets and message ids.

use std::fmt::Write as _;

use rand::RngExt as _;
use rand::rngs::StdRng;

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
