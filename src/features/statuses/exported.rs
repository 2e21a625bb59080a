//! The tables of statuses in an export of a user's data.

use crate::features::ExportedColumn::{Media, Plain, SealedText, Structured};
use crate::features::{ExportedRows, ExportedTable, ShownColumns};

pub(super) const EXPORTED: &[ExportedTable] = &[
    ExportedTable::Rows(ExportedRows {
        page: Some(ShownColumns {
            title: "Statuses",
            at: "posted_at",
            who: "author_id",
            text: "content",
            media: Some("media_id"),
            note: Some("kind"),
        }),
        ..ExportedRows::by_id(
            "statuses",
            "Statuses of your contacts and of your own.",
            &[
                Plain("account_id"),
                Plain("message_id"),
                Plain("author_id"),
                Plain("kind"),
                SealedText("content"),
                Media("media_id"),
                Plain("is_own"),
                Plain("posted_at"),
                Plain("expires_at"),
                Plain("deleted_at"),
            ],
        )
    }),
    ExportedTable::by_id(
        "status_likes",
        "Likes of statuses.",
        &[
            Plain("account_id"),
            Plain("status_id"),
            Plain("send_id"),
            Plain("emoji"),
            Plain("outcome"),
            Plain("reason"),
            Plain("created_at"),
            Plain("queued_at"),
            Plain("sent_at"),
            Plain("settled_at"),
            Plain("view_send_id"),
            Plain("skip_reason"),
            Plain("whatsapp_code"),
            Plain("failure_message"),
        ],
    ),
    ExportedTable::by_key(
        "status_viewers",
        "The contacts who viewed your statuses.",
        &[("status_id", "uuid"), ("contact_id", "uuid")],
        &[Plain("viewed_at")],
    ),
    ExportedTable::by_key(
        "status_deletions",
        "Deletions of statuses that came before the status.",
        &[("account_id", "uuid"), ("author_id", "uuid"), ("wa_id", "text")],
        &[Plain("deleted_at")],
    ),
    ExportedTable::by_key(
        "status_reactions",
        "Statuses that you reacted to on your phone.",
        &[("account_id", "uuid"), ("wa_id", "text")],
        &[Plain("reacted_at")],
    ),
    ExportedTable::by_account(
        "auto_likes",
        "Settings of automatic likes, one row an account.",
        &[
            Plain("is_enabled"),
            Plain("emoji"),
            Plain("scope"),
            Structured("contact_ids"),
            Plain("skip_muted"),
            Plain("max_per_hour"),
            Plain("quiet_from"),
            Plain("quiet_until"),
            Structured("contact_emojis"),
            Plain("sends_view_receipt"),
        ],
    ),
];
