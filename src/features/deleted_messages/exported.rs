//! The tables of deleted messages in an export of a user's data.

use crate::features::ExportedColumn::{LeftOut, Media, Plain, SealedText};
use crate::features::{ExportedRows, ExportedTable, SEARCH_INDEX, ShownColumns};

pub(super) const EXPORTED: &[ExportedTable] = &[
    ExportedTable::Rows(ExportedRows {
        page: Some(ShownColumns {
            title: "Deleted messages",
            at: "deleted_at",
            who: "sender_id",
            text: "content",
            media: Some("media_id"),
            note: Some("loss"),
        }),
        ..ExportedRows::by_id(
            "deleted_messages",
            "Messages that were deleted, with their last wording; message_versions has the wordings before.",
            &[
                Plain("account_id"),
                Plain("chat_id"),
                Plain("sender_id"),
                Plain("deleted_by_id"),
                Plain("wa_id"),
                Plain("message_id"),
                Plain("outcome"),
                Plain("is_by_admin"),
                Plain("kind"),
                Plain("loss"),
                SealedText("content"),
                Media("media_id"),
                LeftOut("terms", SEARCH_INDEX),
                Plain("sent_at"),
                Plain("deleted_at"),
                LeftOut("terms_version", SEARCH_INDEX),
            ],
        )
    }),
    ExportedTable::by_account(
        "deleted_message_settings",
        "Settings of deleted messages, one row an account.",
        &[
            Plain("is_enabled"),
            Plain("include_groups"),
            Plain("media_backup"),
        ],
    ),
];
