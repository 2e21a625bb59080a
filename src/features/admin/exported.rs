//! The audit log in an export of a user's data.

use crate::features::ExportedColumn::{LeftOut, Plain};
use crate::features::ExportedTable;

pub(super) const EXPORTED: &[ExportedTable] = &[ExportedTable::by_id(
    "audit_entries",
    "What admins and the server's operator did to you and saw of you.",
    &[
        Plain("actor"),
        LeftOut("admin_id", "which of the admins it was is not told to users"),
        Plain("action"),
        Plain("previous_plan"),
        Plain("plan"),
        Plain("ended_sessions"),
        Plain("reason"),
        Plain("at"),
    ],
)];
