//! The table of deleted items in an export of a user's data.

use crate::features::ExportedColumn::Plain;
use crate::features::ExportedTable;

pub(super) const EXPORTED: &[ExportedTable] = &[ExportedTable::by_id(
    "deleted_items",
    "Kept items that you deleted, without their contents.",
    &[Plain("kind"), Plain("deleted_at")],
)];
