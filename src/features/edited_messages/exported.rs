//! The table of edited messages in an export of a user's data.

use crate::features::ExportedColumn::{LeftOut, Plain, SealedJson};
use crate::features::{ExportedRows, ExportedTable, SEARCH_INDEX, ShownColumns};

pub(super) const EXPORTED: &[ExportedTable] = &[ExportedTable::Rows(ExportedRows {
    page: Some(ShownColumns {
        title: "Edited messages",
        at: "last_edited_at",
        who: "sender_id",
        text: "wordings",
        media: None,
        note: Some("kind"),
    }),
    ..ExportedRows::by_id(
        "edited_messages",
        "Messages that were edited, with all their wordings, the oldest first.",
        &[
            Plain("account_id"),
            Plain("chat_id"),
            Plain("sender_id"),
            Plain("message_id"),
            Plain("kind"),
            SealedJson("wordings"),
            LeftOut("terms", SEARCH_INDEX),
            Plain("first_edited_at"),
            Plain("last_edited_at"),
            LeftOut("terms_version", SEARCH_INDEX),
        ],
    )
})];
