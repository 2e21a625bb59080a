//! Bounds on texts and times that a sender chooses.

use chrono::{DateTime, Utc};

use crate::visible_text::{beginning, visible_line, visible_lines};

/// Longest id that is kept. WhatsApp's ids have 20 to 40 letters.
pub(super) const ID_LETTERS: usize = 128;
/// Longest name that is kept. WhatsApp allows 25 letters in push names; address books allow more.
const NAME_LETTERS: usize = 200;

/// Longest text that is kept whole: what WhatsApp's own apps let somebody write.
pub(super) const TEXT_LETTERS: usize = 65_536;
/// Longest path of a file on WhatsApp's servers.
pub(super) const PATH_BYTES: usize = 2_048;
/// End of a text that was longer.
const CUT: &str = " […]";

/// The text of a message, a caption or an edit as it is kept: what is visible of it, cut to [`TEXT_LETTERS`] with a mark at
/// its end. None when nothing visible is in it.
pub(super) fn bounded_text(text: &str) -> Option<String> {
    match text.char_indices().nth(TEXT_LETTERS) {
        None => visible_lines(text),
        // Cut first: what the cut separates from its end must not stay open.
        Some((end, _)) => visible_lines(beginning(text, end)).map(|text| text + CUT),
    }
}

/// The name of a person, business, group or file as it is kept: one line of visible letters. None when there are none.
pub(in crate::whatsapp) fn name(text: &str) -> Option<String> {
    visible_line(text, NAME_LETTERS)
}

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
