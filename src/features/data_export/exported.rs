//! The tables in an export that no other feature declares: those of the export itself, and those that several features
//! share.

use crate::features::ExportedColumn::{LeftOut, Media, Plain, SealedJson, SealedText, Thumbnail};
use crate::features::{
    EMPTIED, ExportedColumn, ExportedRows, ExportedTable, HighWater, SEARCH_INDEX, SECRET, TECHNICAL,
};

/// The reason to leave out the store of a session with WhatsApp.
const SESSION_KEYS: &str =
    "keys and state of the encrypted connection with WhatsApp, which would let others read along";

const FILE: &[ExportedColumn] = &[
    Plain("account_id"),
    Plain("kind"),
    Plain("mime_type"),
    Plain("size_bytes"),
    Plain("width"),
    Plain("height"),
    Plain("duration_seconds"),
    LeftOut("reference", "the address and the key of the file at WhatsApp"),
    Thumbnail("thumbnail"),
    Plain("state"),
    Plain("state_message"),
    LeftOut("object_key", TECHNICAL),
    LeftOut("stored_bytes", TECHNICAL),
    Plain("created_at"),
    LeftOut("renewal_asked_at", TECHNICAL),
    Plain("state_reason"),
    LeftOut(
        "better_reference",
        "the address and the key of a better copy at WhatsApp",
    ),
    LeftOut("storage", TECHNICAL),
];

/// The tables of this feature.
pub(super) const EXPORTED: &[ExportedTable] = &[ExportedTable::by_id(
    "data_exports",
    "Exports such as this one.",
    &[
        Plain("state"),
        Plain("failure"),
        LeftOut("writer", TECHNICAL),
        Plain("rows_done"),
        Plain("rows_total"),
        Plain("bytes_done"),
        Plain("bytes_total"),
        LeftOut("object_key", TECHNICAL),
        Plain("size_bytes"),
        Plain("created_at"),
        Plain("finished_at"),
        Plain("expires_at"),
    ],
)];

/// The tables that belong to no feature.
pub(super) const SHARED: &[ExportedTable] = &[
    ExportedTable::by_id(
        "contacts",
        "People on WhatsApp, as your accounts know them.",
        &[
            Plain("account_id"),
            Plain("lid"),
            LeftOut("phone_number", EMPTIED),
            LeftOut("name", EMPTIED),
            LeftOut("push_name", EMPTIED),
            Plain("is_self"),
            Plain("is_muted"),
            Plain("is_status_muted"),
            Plain("same_as"),
            Plain("created_at"),
            SealedText("sealed_phone_number"),
            LeftOut("phone_number_print", SEARCH_INDEX),
            SealedText("sealed_name"),
            SealedText("sealed_push_name"),
            SealedText("sealed_verified_name"),
        ],
    ),
    ExportedTable::by_id(
        "chats",
        "Conversations of your accounts.",
        &[
            Plain("account_id"),
            Plain("kind"),
            Plain("contact_id"),
            LeftOut("jid", EMPTIED),
            LeftOut("name", EMPTIED),
            Plain("created_at"),
            SealedText("sealed_jid"),
            LeftOut("jid_print", SEARCH_INDEX),
            SealedText("sealed_name"),
            Plain("timer_seconds"),
            Plain("timer_set_at"),
        ],
    ),
    ExportedTable::by_id(
        "messages",
        "Messages that passed, with their contents where these are held for the case that they are deleted.",
        &[
            Plain("account_id"),
            Plain("chat_id"),
            Plain("sender_id"),
            Plain("wa_id"),
            Plain("kind"),
            Plain("is_from_me"),
            SealedText("content"),
            Media("media_id"),
            Plain("sent_at"),
            Plain("received_at"),
            Plain("held_until"),
            Plain("edits_wa_id"),
        ],
    ),
    ExportedTable::by_id(
        "message_versions",
        "Wordings of messages that were edited.",
        &[Plain("message_id"), SealedText("content"), Plain("written_at")],
    ),
    ExportedTable::by_id("media", "Pictures, videos, sounds and other files.", FILE),
    ExportedTable::by_id(
        "outbox",
        "Messages that were sent for you.",
        &[
            Plain("account_id"),
            Plain("kind"),
            Plain("wa_id"),
            SealedJson("payload"),
            Plain("state"),
            Plain("reason"),
            Plain("attempts"),
            Plain("send_at"),
            Plain("sent_at"),
            Plain("settled_at"),
            Plain("created_at"),
            Plain("withdrawn_because"),
        ],
    ),
    ExportedTable::Rows(ExportedRows {
        key: &[("sequence", "bigint")],
        until: HighWater::Sequence,
        ..ExportedRows::by_id(
            "events",
            "What happened, as your clients and webhooks were told.",
            &[
                Plain("kind"),
                Plain("account_id"),
                Plain("subject_id"),
                Plain("occurred_at"),
            ],
        )
    }),
    ExportedTable::LeftOut("event_counters", TECHNICAL),
    ExportedTable::LeftOut("event_followings", TECHNICAL),
    ExportedTable::LeftOut("idempotency_keys", TECHNICAL),
    ExportedTable::LeftOut("jobs", TECHNICAL),
    ExportedTable::LeftOut("user_keys", SECRET),
    ExportedTable::LeftOut("plain_whatsapp_message_secrets", SESSION_KEYS),
    ExportedTable::LeftOut("plain_whatsapp_store", SESSION_KEYS),
    ExportedTable::LeftOut("plain_whatsapp_tc_tokens", SESSION_KEYS),
    ExportedTable::LeftOut("session_questions", TECHNICAL),
    ExportedTable::LeftOut("whatsapp_message_secrets", SESSION_KEYS),
    ExportedTable::LeftOut("whatsapp_store", SESSION_KEYS),
    ExportedTable::LeftOut("whatsapp_tc_tokens", SESSION_KEYS),
];
