//! Attempts of webhooks without a response, and mails that were given up.

use super::table::{Read, Rows};

pub(super) const ATTEMPTS: Rows<2, 3> = Rows {
    first: 7_000,
    insert: "WITH endpoint AS (
            INSERT INTO webhook_endpoints (id, user_id, url, secret, created_at)
            VALUES (id($1), id(1), '', '', '2026-11-03T00:00Z')
        ), delivery AS (
            INSERT INTO webhook_deliveries (id, user_id, endpoint_id, sequence, kind, subject_id, occurred_at, state, created_at,
                settled_at)
            VALUES (id($1), id(1), id($1), $1, 'ACCOUNT_CHANGED', id(2), '2026-11-03T00:00Z', 'DELIVERED',
                '2026-11-03T00:00Z', '2026-11-03T00:00Z')
        )
        INSERT INTO webhook_attempts (id, user_id, delivery_id, attempted_at, duration_ms, status, error)
        VALUES (id($1), id(1), id($1), '2026-11-03T00:00Z', 5, $2::text::integer, $3)",
    sealed: None,
    read: Read::Sql("SELECT status::text, failure, error FROM webhook_attempts WHERE id = id($1)"),
    all: &[
        (["204", ""], ["204", "", ""]),
        (
            ["", "the name does not lead to the public internet"],
            [
                "",
                "ADDRESS_NOT_ALLOWED",
                "the name does not lead to the public internet",
            ],
        ),
        (
            [
                "",
                "10.0.0.1 is not on the public internet; give an address that everybody can reach",
            ],
            [
                "",
                "ADDRESS_NOT_ALLOWED",
                "10.0.0.1 is not on the public internet; give an address that everybody can reach",
            ],
        ),
        (
            ["", "port 25 is not allowed; allowed are 443 and those from 1024"],
            [
                "",
                "ADDRESS_NOT_ALLOWED",
                "port 25 is not allowed; allowed are 443 and those from 1024",
            ],
        ),
        (
            ["", "the address begins with http://; only https:// is allowed"],
            [
                "",
                "ADDRESS_NOT_ALLOWED",
                "the address begins with http://; only https:// is allowed",
            ],
        ),
        (
            ["", "the name is not known"],
            ["", "UNKNOWN_HOST", "the name is not known"],
        ),
        (
            ["", "no connection could be made: connection refused"],
            [
                "",
                "NO_CONNECTION",
                "no connection could be made: connection refused",
            ],
        ),
        (
            ["", "there was no answer in time"],
            ["", "TIMED_OUT", "there was no answer in time"],
        ),
        (
            ["", "TLS failed: the certificate expired"],
            ["", "TLS_FAILED", "TLS failed: the certificate expired"],
        ),
        (
            ["", "the connection broke off before an answer came: reset"],
            [
                "",
                "CONNECTION_BROKEN",
                "the connection broke off before an answer came: reset",
            ],
        ),
        (["", "words of nobody"], ["", "OTHER", "words of nobody"]),
    ],
};

pub(super) const MAILS: Rows<2, 3> = Rows {
    first: 7_100,
    insert: "INSERT INTO notification_mails (id, user_id, kind, state, reason, created_at, closed_at, settled_at)
        VALUES (id($1), id(1), 'MESSAGE_DELETED', $2, $3, '2026-11-03T00:00Z', '2026-11-03T01:00Z', '2026-11-03T02:00Z')",
    sealed: None,
    read: Read::Sql("SELECT state, failure, reason FROM notification_mails WHERE id = id($1)"),
    all: &[
        (["SENT", ""], ["SENT", "", ""]),
        (
            ["FAILED", "the mail server refuses the mail for good (code 550)"],
            ["FAILED", "REFUSED", "the mail server refuses the mail for good (code 550)"],
        ),
        (
            ["FAILED", "the mail cannot be written"],
            ["FAILED", "UNWRITABLE", "the mail cannot be written"],
        ),
        (
            ["FAILED", "the mail server took no mail for hours"],
            ["FAILED", "SERVER_UNAVAILABLE", "the mail server took no mail for hours"],
        ),
        (["FAILED", "words of nobody"], ["FAILED", "OTHER", "words of nobody"]),
    ],
};

pub(super) const SWITCHES: Rows<1, 1> = Rows {
    first: 7_200,
    insert: "INSERT INTO notification_switches (user_id, kind, channel, is_enabled)
        VALUES (id(1), $2, 'EMAIL', $1::bigint < 0)",
    sealed: None,
    // In the order of the new names.
    read: Read::Sql(
        "SELECT kind FROM notification_switches WHERE channel = 'EMAIL' ORDER BY kind OFFSET $1::bigint - 7200 LIMIT 1",
    ),
    all: &[
        (["STATUS_FAILED"], ["SCHEDULED_STATUS_FAILED"]),
        (["STATUS_MISSED"], ["SCHEDULED_STATUS_MISSED"]),
        (["STATUS_PUBLISHED"], ["SCHEDULED_STATUS_PUBLISHED"]),
        (["QUOTA_EXHAUSTED"], ["VIEW_ONCE_QUOTA_EXHAUSTED"]),
    ],
};

#[tokio::test]
async fn a_switch_of_notifications_stays_with_its_kind() {
    SWITCHES.survive().await;
}

#[tokio::test]
async fn an_attempt_without_a_response_has_a_reason_and_keeps_its_words() {
    ATTEMPTS.survive().await;
}

#[tokio::test]
async fn a_mail_that_was_given_up_has_a_reason_and_keeps_its_words() {
    MAILS.survive().await;
}
