//! Ends of automatic replies.

use super::table::{Read, Rows};

const INSERT: &str = "INSERT INTO auto_replies (id, user_id, account_id, contact_id, mode, outcome, reason, asked_at, created_at,
        delivered_at, settled_at)
    VALUES (id($1), id(1), id(2), id(3), 'BUSY', $2, $3, '2026-11-03T00:00Z', '2026-11-03T00:00Z',
        CASE WHEN $2 = 'DELIVERED' THEN timestamptz '2026-11-03T01:00Z' END,
        CASE WHEN $2 IN ('REJECTED', 'SKIPPED', 'FAILED') THEN timestamptz '2026-11-03T01:00Z' END)";
const READ: Read<4> = Read::Nodes(
    "AutoReply",
    ["state", "skipReason", "failureWhatsappCode", "failureMessage"],
);

pub(super) const REPLIES: Rows<2, 4> = Rows {
    first: 3_000,
    insert: INSERT,
    sealed: None,
    read: READ,
    all: &[
        (["QUEUED", ""], ["QUEUED", "", "", ""]),
        (["SENT", ""], ["SENT", "", "", ""]),
        (["DELIVERED", ""], ["DELIVERED", "", "", ""]),
        (["SKIPPED", "too old"], ["SKIPPED", "TOO_OLD", "", ""]),
        (["SKIPPED", "plan"], ["SKIPPED", "PLAN", "", ""]),
        (["SKIPPED", "schedule"], ["SKIPPED", "SCHEDULE", "", ""]),
        (["SKIPPED", "filtered"], ["SKIPPED", "FILTERED", "", ""]),
        (
            ["SKIPPED", "answered by the owner"],
            ["SKIPPED", "ANSWERED_BY_OWNER", "", ""],
        ),
        (["SKIPPED", "cooldown"], ["SKIPPED", "COOLDOWN", "", ""]),
        (["SKIPPED", "loop"], ["SKIPPED", "LOOP", "", ""]),
        (["SKIPPED", "paused"], ["SKIPPED", "RISK_BUDGET", "", ""]),
        (
            ["SKIPPED", "waited too long"],
            ["SKIPPED", "WAITED_TOO_LONG", "", ""],
        ),
        (["SKIPPED", "turned off"], ["SKIPPED", "TURNED_OFF", "", ""]),
        (["SKIPPED", "unlinked"], ["SKIPPED", "UNLINKED", "", ""]),
        (
            ["REJECTED", "463"],
            ["REJECTED", "", "463", "WhatsApp refused it with the code 463"],
        ),
        (
            ["REJECTED", "not-acceptable"],
            ["REJECTED", "", "", "not-acceptable"],
        ),
        (
            ["FAILED", "it cannot be read"],
            ["FAILED", "", "", "it cannot be read"],
        ),
    ],
};

/// A reason for skipping that no release wrote.
const UNKNOWN: Rows<2, 4> = Rows {
    first: 3_100,
    insert: INSERT,
    sealed: None,
    read: READ,
    all: &[(
        ["SKIPPED", "words of nobody"],
        ["FAILED", "", "", "words of nobody"],
    )],
};

#[tokio::test]
async fn an_automatic_reply_keeps_its_end_and_the_words_of_its_failure() {
    REPLIES.survive().await;
    UNKNOWN.survive().await;
}
