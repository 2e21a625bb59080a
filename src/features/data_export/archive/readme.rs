//! `README.txt`: the archive explained to the person whose data it holds.

use std::fmt::Write as _;

use crate::features::data_export::archive::csv;
use crate::features::data_export::contents::{Marks, exported};

/// The text.
pub(super) fn text(marks: &Marks) -> String {
    let at = marks.taken_at.format("%-d %B %Y, %H:%M UTC");
    let mut text = format!(
        "Everything that AMDA keeps of you\n\
         =================================\n\n\
         This archive was made on {at}.\n\n\
         Open index.html in a browser: it shows your statuses and the messages that were kept for you, with their\n\
         pictures, and needs no internet. Unpack the archive first, so that it finds them.\n\n\
         The folder data holds all rows, one file a kind: .jsonl has one JSON object a line, .csv opens in a spreadsheet.\n\
         In a .csv, a text that a spreadsheet would take for a formula has an apostrophe before it. Ids are UUIDs; a field\n\
         such as chat_id names a row of another file. Times are in UTC.\n\n\
         The folder media holds the files. Fields that end with _file, and the field file of media, say which.\n\n\
         What was added after the export began is not in it; what changed meanwhile is in it as it was before or after\n\
         the change. manifest.json says how many rows there are, what is left out and why, and has the SHA-256 of every\n\
         file of the archive but itself. A value that could not be read is null, and counted there.\n\n\
         The archive is not encrypted: keep it where nobody else finds it.\n\n\
         Files of the folder data\n\
         ------------------------\n\n"
    );
    for rows in exported() {
        let suffixes = if csv::is_flat(rows) {
            ".jsonl, .csv"
        } else {
            ".jsonl"
        };
        let _ = writeln!(text, "{}{suffixes}\n    {}\n", rows.file, rows.about);
    }
    text
}
