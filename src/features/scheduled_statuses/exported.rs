//! The tables of scheduled statuses in an export of a user's data.

use crate::features::ExportedColumn::{Media, Plain, SealedJson, Structured};
use crate::features::ExportedTable;

pub(super) const EXPORTED: &[ExportedTable] = &[
    ExportedTable::by_id(
        "scheduled_statuses",
        "Statuses that are or were published at a planned time.",
        &[
            Plain("account_id"),
            Plain("kind"),
            SealedJson("content"),
            Media("media_id"),
            Plain("scope"),
            Structured("contact_ids"),
            Plain("publish_at"),
            Plain("time_zone"),
            Plain("state"),
            Plain("failure_message"),
            Plain("send_id"),
            Plain("wa_id"),
            SealedJson("audience"),
            Plain("audience_size"),
            Plain("created_at"),
            Plain("published_at"),
            Plain("revoke_send_id"),
            Plain("revoke_requested_at"),
            Plain("revoke_failure_message"),
            Plain("deleted_at"),
            Plain("failure_reason"),
            Plain("failure_code"),
            Plain("revoke_failure_reason"),
            Plain("revoke_failure_code"),
            Plain("is_recorded"),
        ],
    ),
    ExportedTable::by_key(
        "scheduled_status_viewers",
        "The contacts who viewed your scheduled statuses.",
        &[("status_id", "uuid"), ("contact_id", "uuid")],
        &[Plain("viewed_at")],
    ),
];
