//! The quotas of plans in an export of a user's data.

use crate::features::ExportedColumn::Plain;
use crate::features::ExportedTable;

pub(super) const EXPORTED: &[ExportedTable] = &[
    ExportedTable::by_key(
        "quota_periods",
        "The use of your plan's quotas, by month.",
        &[("quota", "text"), ("period_start", "date")],
        &[Plain("used")],
    ),
    ExportedTable::by_id(
        "quota_uses",
        "Each use of a quota of your plan.",
        &[
            Plain("quota"),
            Plain("period_start"),
            Plain("subject_id"),
            Plain("reason"),
            Plain("created_at"),
            Plain("refunded_at"),
        ],
    ),
    ExportedTable::by_key(
        "storage_usage",
        "The use of your plan's storage.",
        &[("user_id", "uuid")],
        &[Plain("used_bytes"), Plain("told_full_at")],
    ),
];
