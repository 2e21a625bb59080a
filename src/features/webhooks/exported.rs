//! The tables of webhooks in an export of a user's data.

use crate::features::ExportedColumn::{LeftOut, Plain, SealedText, Structured};
use crate::features::{ExportedTable, SECRET};

pub(super) const EXPORTED: &[ExportedTable] = &[
    ExportedTable::by_id(
        "webhook_endpoints",
        "Your webhook endpoints.",
        &[
            SealedText("url"),
            Plain("description"),
            Structured("kinds"),
            Structured("account_ids"),
            LeftOut("secret", SECRET),
            LeftOut("previous_secret", SECRET),
            Plain("previous_until"),
            Plain("disabled_reason"),
            Plain("failing_since"),
            Plain("failed_at"),
            Plain("created_at"),
        ],
    ),
    ExportedTable::by_id(
        "webhook_deliveries",
        "Events that were sent to your webhook endpoints.",
        &[
            Plain("endpoint_id"),
            Plain("sequence"),
            Plain("kind"),
            Plain("account_id"),
            Plain("subject_id"),
            Plain("occurred_at"),
            Plain("state"),
            Plain("is_alone"),
            Plain("tries"),
            Plain("next_try_at"),
            Plain("created_at"),
            Plain("settled_at"),
        ],
    ),
    ExportedTable::by_id(
        "webhook_attempts",
        "Requests to your webhook endpoints, and their answers.",
        &[
            Plain("delivery_id"),
            Plain("attempted_at"),
            Plain("duration_ms"),
            Plain("status"),
            Plain("error"),
            SealedText("response"),
            Plain("failure"),
        ],
    ),
];
