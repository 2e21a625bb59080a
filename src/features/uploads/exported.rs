//! The table of uploads in an export of a user's data.

use crate::features::ExportedColumn::{Media, Plain};
use crate::features::ExportedTable;

pub(super) const EXPORTED: &[ExportedTable] = &[ExportedTable::by_id(
    "uploads",
    "Files that you sent to this server.",
    &[
        Plain("account_id"),
        Plain("mime_type"),
        Plain("size_bytes"),
        Plain("state"),
        Plain("rejection_message"),
        Media("media_id"),
        Plain("created_at"),
        Plain("used_at"),
        Plain("rejection_reason"),
    ],
)];
