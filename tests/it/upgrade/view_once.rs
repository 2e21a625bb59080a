//! View-once messages that were not captured.

use super::table::{Read, Rows};

pub(super) const MESSAGES: Rows<2, 3> = Rows {
    first: 6_000,
    insert: "INSERT INTO view_once_messages (id, user_id, account_id, chat_id, sender_id, wa_id, kind, outcome, reason, is_capturing,
            received_at, captured_at)
        VALUES (id($1), id(1), id(2), id(4), id(3), 'V' || $1::bigint, 'IMAGE', $2, $3, $2::text IS NULL, '2026-11-03T00:00Z',
            CASE WHEN $2 = 'CAPTURED' THEN timestamptz '2026-11-03T01:00Z' END)",
    sealed: None,
    read: Read::Nodes("ViewOnceMessage", ["outcome", "failureReason", "failureMessage"]),
    all: &[
        (["CAPTURED", ""], ["CAPTURED", "", ""]),
        (["NOT_DELIVERED", ""], ["NOT_DELIVERED", "", ""]),
        (
            ["QUOTA_EXHAUSTED", "the plan's captures of the month were used up"],
            [
                "QUOTA_EXHAUSTED",
                "QUOTA_EXHAUSTED",
                "the plan's captures of the month were used up",
            ],
        ),
        (
            ["FAILED", "capturing was turned off before the content came"],
            ["FAILED", "TURNED_OFF", "capturing was turned off before the content came"],
        ),
        (
            ["FAILED", "WhatsApp no longer serves the file"],
            ["FAILED", "EXPIRED", "WhatsApp no longer serves the file"],
        ),
        (
            ["FAILED", "the plan's 500 MiB of media storage are full"],
            ["FAILED", "FETCH_FAILED", "the plan's 500 MiB of media storage are full"],
        ),
        (["FAILED", ""], ["FAILED", "FETCH_FAILED", ""]),
    ],
};

#[tokio::test]
async fn a_view_once_message_that_was_not_captured_has_a_reason_and_keeps_its_words() {
    MESSAGES.survive().await;
}
