//! The counts of analytics in an export of a user's data.

use crate::features::ExportedColumn::{Plain, Structured};
use crate::features::ExportedTable;

pub(super) const EXPORTED: &[ExportedTable] = &[
    ExportedTable::by_key(
        "tallies",
        "Counts of each day (UTC), by quarters of an hour.",
        &[("day", "date"), ("account_id", "uuid"), ("metric", "text")],
        &[Structured("counts")],
    ),
    ExportedTable::by_key(
        "contact_tallies",
        "Counts of each month and contact, by day.",
        &[
            ("month", "date"),
            ("account_id", "uuid"),
            ("contact_id", "uuid"),
            ("metric", "text"),
        ],
        &[Structured("counts"), Plain("total")],
    ),
    ExportedTable::by_key(
        "response_tallies",
        "The times that you took to answer, of each day: how many answers took how long.",
        &[("day", "date"), ("account_id", "uuid")],
        &[Structured("counts")],
    ),
];
