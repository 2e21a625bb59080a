//! Bounds on texts and times that a sender chooses.

use chrono::{DateTime, Utc};

/// Longest id that is kept. WhatsApp's ids have 20 to 40 letters.
pub(super) const ID_LETTERS: usize = 128;
/// Longest name that is kept. WhatsApp allows 25 letters in push names; address books allow more.
pub(super) const NAME_LETTERS: usize = 200;

/// Clips `text` to `letters` characters, without NUL, which PostgreSQL cannot store.
pub(super) fn clip(text: &str, letters: usize) -> String {
    text.chars()
        .filter(|letter| *letter != '\0')
        .take(letters)
        .collect()
}

/// Clamps a sender's time to the years 1970 to 2100, so that a duration can be added to it without overflow.
pub(super) fn clamp_time(at: DateTime<Utc>) -> DateTime<Utc> {
    const LATEST: DateTime<Utc> = DateTime::from_timestamp(4_102_444_800, 0).expect("2100-01-01 is a date");
    at.clamp(DateTime::UNIX_EPOCH, LATEST)
}
