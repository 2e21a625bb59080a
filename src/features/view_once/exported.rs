//! The tables of view-once messages in an export of a user's data.

use crate::features::ExportedColumn::{Media, Plain, SealedText};
use crate::features::{ExportedRows, ExportedTable, ShownColumns};

pub(super) const EXPORTED: &[ExportedTable] = &[
    ExportedTable::Rows(ExportedRows {
        page: Some(ShownColumns {
            title: "View-once messages",
            at: "received_at",
            who: "sender_id",
            text: "caption",
            media: Some("media_id"),
            note: Some("outcome"),
        }),
        ..ExportedRows::by_id(
            "view_once_messages",
            "View-once messages.",
            &[
                Plain("account_id"),
                Plain("chat_id"),
                Plain("sender_id"),
                Plain("wa_id"),
                Plain("kind"),
                SealedText("caption"),
                Plain("outcome"),
                Plain("reason"),
                Plain("is_capturing"),
                Media("media_id"),
                Plain("received_at"),
                Plain("captured_at"),
                Plain("reason_code"),
                Plain("message_id"),
                Plain("sent_at"),
            ],
        )
    }),
    ExportedTable::by_account(
        "view_once_settings",
        "Settings of view-once messages, one row an account.",
        &[Plain("is_enabled"), Plain("changed_at")],
    ),
];
