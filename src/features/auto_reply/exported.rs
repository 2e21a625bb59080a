//! The tables of automatic replies in an export of a user's data.

use crate::features::ExportedColumn::{LeftOut, Plain, SealedText, Structured};
use crate::features::{ExportedTable, SEARCH_INDEX};

pub(super) const EXPORTED: &[ExportedTable] = &[
    ExportedTable::by_id(
        "auto_replies",
        "Automatic replies.",
        &[
            Plain("account_id"),
            Plain("contact_id"),
            Plain("message_id"),
            Plain("send_id"),
            Plain("mode"),
            SealedText("content"),
            LeftOut("asked", SEARCH_INDEX),
            LeftOut("answered", SEARCH_INDEX),
            Plain("outcome"),
            Plain("reason"),
            Plain("asked_at"),
            Plain("created_at"),
            Plain("queued_at"),
            Plain("sent_at"),
            Plain("acked_at"),
            Plain("delivered_at"),
            Plain("settled_at"),
            Plain("skip_reason"),
            Plain("whatsapp_code"),
            Plain("failure_message"),
        ],
    ),
    ExportedTable::by_account(
        "auto_reply_settings",
        "Settings of automatic replies, one row an account.",
        &[
            Plain("mode"),
            Plain("busy_until"),
            SealedText("offline_message"),
            SealedText("busy_message"),
            Plain("cooldown_minutes"),
            Plain("scope"),
            Structured("contact_ids"),
            Structured("schedule"),
        ],
    ),
];
