//! The tables of accounts in an export of a user's data.

use crate::features::ExportedColumn::{LeftOut, Plain, SealedText};
use crate::features::{EMPTIED, ExportedTable, SECRET};

pub(super) const EXPORTED: &[ExportedTable] = &[
    ExportedTable::by_id(
        "accounts",
        "Your linked WhatsApp numbers.",
        &[
            LeftOut("label", EMPTIED),
            Plain("link_method"),
            LeftOut("phone_number", EMPTIED),
            Plain("lid"),
            LeftOut("push_name", EMPTIED),
            Plain("state"),
            Plain("state_changed_at"),
            Plain("state_reason"),
            Plain("state_until"),
            Plain("attempt"),
            Plain("attempts"),
            LeftOut("code", SECRET),
            Plain("code_expires_at"),
            Plain("created_at"),
            Plain("linked_at"),
            Plain("last_traffic_at"),
            Plain("view_once_delivered_at"),
            Plain("sends_paused_until"),
            Plain("sends_paused_reason"),
            SealedText("sealed_label"),
            SealedText("sealed_phone_number"),
            SealedText("sealed_push_name"),
            Plain("duplicate_of"),
            Plain("state_message"),
        ],
    ),
    ExportedTable::by_id(
        "connection_gaps",
        "Times in which an account was not connected with WhatsApp.",
        &[
            Plain("account_id"),
            Plain("started_at"),
            Plain("ended_at"),
            Plain("reason"),
            Plain("message"),
        ],
    ),
];
