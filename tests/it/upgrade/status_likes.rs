//! Ends of likes, and sends that are being withdrawn.

use super::table::{Read, Rows};

/// Each like is of a status of its own.
const INSERT: &str = "
    WITH message AS (
        INSERT INTO messages (id, user_id, account_id, chat_id, sender_id, wa_id, kind, is_from_me, sent_at, received_at)
        VALUES (id($1), id(1), id(2), id(4), id(3), 'M' || $1::bigint, 'TEXT', false, '2026-11-03T00:00Z', '2026-11-03T00:00Z')
    ), status AS (
        INSERT INTO statuses (id, user_id, account_id, message_id, author_id, kind, is_own, posted_at, expires_at)
        VALUES (id($1), id(1), id(2), id($1), id(3), 'TEXT', false, '2026-11-03T00:00Z', '2026-11-04T00:00Z')
    )
    INSERT INTO status_likes (id, user_id, account_id, status_id, emoji, outcome, reason, created_at, settled_at)
    VALUES (id($1), id(1), id(2), id($1), '💚', $2, $3, '2026-11-03T00:00Z',
        CASE WHEN $2 NOT IN ('QUEUED', 'SENT') THEN timestamptz '2026-11-03T01:00Z' END)";
const READ: Read<4> = Read::Nodes(
    "StatusLike",
    ["state", "skipReason", "failureWhatsappCode", "failureMessage"],
);

pub(super) const LIKES: Rows<2, 4> = Rows {
    first: 2_000,
    insert: INSERT,
    sealed: None,
    read: READ,
    all: &[
        (["QUEUED", ""], ["QUEUED", "", "", ""]),
        (["SENT", ""], ["SENT", "", "", ""]),
        (["LIKED", ""], ["LIKED", "", "", ""]),
        (["SKIPPED", "deleted"], ["SKIPPED", "DELETED", "", ""]),
        (["SKIPPED", "too old"], ["SKIPPED", "TOO_OLD", "", ""]),
        (["SKIPPED", "muted contact"], ["SKIPPED", "MUTED_CONTACT", "", ""]),
        (["SKIPPED", "plan"], ["SKIPPED", "PLAN", "", ""]),
        (["SKIPPED", "filtered"], ["SKIPPED", "FILTERED", "", ""]),
        (["SKIPPED", "quiet hours"], ["SKIPPED", "QUIET_HOURS", "", ""]),
        (["SKIPPED", "hourly limit"], ["SKIPPED", "HOURLY_LIMIT", "", ""]),
        (
            ["SKIPPED", "already reacted"],
            ["SKIPPED", "ALREADY_REACTED", "", ""],
        ),
        (["SKIPPED", "risk budget"], ["SKIPPED", "RISK_BUDGET", "", ""]),
        (
            ["SKIPPED", "waited too long"],
            ["SKIPPED", "WAITED_TOO_LONG", "", ""],
        ),
        (["SKIPPED", "turned off"], ["SKIPPED", "TURNED_OFF", "", ""]),
        (["SKIPPED", "unlinked"], ["SKIPPED", "UNLINKED", "", ""]),
        (
            ["REJECTED", "479"],
            ["REJECTED", "", "479", "WhatsApp refused it with the code 479"],
        ),
        (
            ["REJECTED", "not-acceptable"],
            ["REJECTED", "", "", "not-acceptable"],
        ),
        (["REJECTED", "12345678901"], ["REJECTED", "", "", "12345678901"]),
        (
            ["REJECTED", "failed: it cannot be read"],
            ["FAILED", "", "", "it cannot be read"],
        ),
        (
            ["REJECTED", "failed: failed: twice"],
            ["FAILED", "", "", "failed: twice"],
        ),
    ],
};

/// A reason for skipping that no release wrote.
const UNKNOWN: Rows<2, 4> = Rows {
    first: 2_100,
    insert: INSERT,
    sealed: None,
    read: READ,
    all: &[(
        ["SKIPPED", "words of nobody"],
        ["FAILED", "", "", "words of nobody"],
    )],
};

pub(super) const WITHDRAWN: Rows<2, 2> = Rows {
    first: 2_200,
    insert: "INSERT INTO outbox (id, user_id, account_id, kind, wa_id, payload, state, send_at, created_at, withdrawn_because)
        VALUES (id($1), id(1), id(2), $2, 'W' || $1::bigint, '', 'SENT', '2026-11-03T00:00Z', '2026-11-03T00:00Z', $3)",
    sealed: None,
    read: Read::Sql("SELECT kind, withdrawn_because FROM outbox WHERE id = id($1)"),
    all: &[
        (["REACTION", "turned off"], ["REACTION", "TURNED_OFF"]),
        (["VIEW", "deleted"], ["VIEW", "DELETED"]),
        (["TEXT", ""], ["TEXT", ""]),
    ],
};

#[tokio::test]
async fn a_like_keeps_its_end_and_the_words_of_its_failure() {
    LIKES.survive().await;
    UNKNOWN.survive().await;
}

#[tokio::test]
async fn a_send_that_is_being_withdrawn_keeps_its_reason() {
    WITHDRAWN.survive().await;
}
