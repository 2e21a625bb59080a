//! Ids of objects.

use std::fmt::Write as _;

use rand::RngExt as _;

/// An id such as `cus_00000007f3a9c1`: a prefix, the serial number, by which ids sort as they were made, and a random part,
/// so that a simulator that starts anew never gives an id of before.
pub(super) fn id(prefix: &str, serial: u64) -> String {
    format!("{prefix}_{serial:08}{}", hex(&secret::<3>()))
}

/// A key that nobody guesses: the secret part of a URL.
pub(super) fn token() -> String {
    hex(&secret::<16>())
}

/// Bytes as lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn secret<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::rng().fill(&mut bytes[..]);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_as_they_were_made_and_never_repeat() {
        let made = [id("cus", 9), id("cus", 10), id("cus", 10)];

        assert!(made[0] < made[1], "{made:?}");
        assert_ne!(made[1], made[2]);
    }
}
