//! Failures of scheduled statuses, and of their deletions.

use super::table::{Read, Rows};

/// A text status as the release before sealed it.
const CONTENT: &str = r#"{"Text":{"text":"sunny","background":{"rgb":482900},"font":"FB_SCRIPT"}}"#;

pub(super) const STATUSES: Rows<2, 4> = Rows {
    first: 4_000,
    insert: "INSERT INTO scheduled_statuses (id, user_id, account_id, kind, content, scope, contact_ids, publish_at, time_zone,
            state, reason, created_at)
        VALUES (id($1), id(1), id(2), 'TEXT', '', 'ALL', '{}', '2026-11-03T00:00Z', 'Europe/Berlin', $2, $3,
            '2026-11-02T00:00Z')",
    sealed: Some(["scheduled_statuses", "content", CONTENT]),
    read: Read::Nodes(
        "ScheduledStatus",
        ["state", "failureReason", "failureMessage", "failureWhatsappCode"],
    ),
    all: &[
        (["SCHEDULED", ""], ["SCHEDULED", "", "", ""]),
        (["CANCELLED", ""], ["CANCELLED", "", "", ""]),
        (
            ["MISSED", "this server was not running at its time"],
            ["MISSED", "SERVER_DOWN", "this server was not running at its time", ""],
        ),
        (
            ["MISSED", "the account was not online at its time"],
            ["MISSED", "ACCOUNT_OFFLINE", "the account was not online at its time", ""],
        ),
        (
            ["MISSED", "it could not be published: the account is unlinked; link it again"],
            [
                "MISSED",
                "ACCOUNT_UNLINKED",
                "it could not be published: the account is unlinked; link it again",
                "",
            ],
        ),
        (
            ["MISSED", "it could not be published: the account was logged out of WhatsApp; link it again"],
            [
                "MISSED",
                "ACCOUNT_LOGGED_OUT",
                "it could not be published: the account was logged out of WhatsApp; link it again",
                "",
            ],
        ),
        (
            ["MISSED", "it could not be published: the account is paused, because the plan allows fewer accounts"],
            [
                "MISSED",
                "ACCOUNT_PAUSED",
                "it could not be published: the account is paused, because the plan allows fewer accounts",
                "",
            ],
        ),
        (
            ["MISSED", "it could not be published: another program uses the link of the account"],
            [
                "MISSED",
                "ACCOUNT_REPLACED",
                "it could not be published: another program uses the link of the account",
                "",
            ],
        ),
        (
            ["MISSED", "it could not be published: WhatsApp locked the account"],
            ["MISSED", "ACCOUNT_BANNED", "it could not be published: WhatsApp locked the account", ""],
        ),
        (
            ["MISSED", "it could not be published: WhatsApp no longer accepts this version of AMDA"],
            [
                "MISSED",
                "CLIENT_OUTDATED",
                "it could not be published: WhatsApp no longer accepts this version of AMDA",
                "",
            ],
        ),
        (
            ["MISSED", "it could not be published: the account is stopped; restart it"],
            [
                "MISSED",
                "ACCOUNT_STOPPED",
                "it could not be published: the account is stopped; restart it",
                "",
            ],
        ),
        (
            [
                "MISSED",
                "sending is paused until 2026-11-03 12:10:00 UTC: WhatsApp says that too much was sent in a short time (429)",
            ],
            [
                "MISSED",
                "SENDS_PAUSED",
                "sending is paused until 2026-11-03 12:10:00 UTC: WhatsApp says that too much was sent in a short time (429)",
                "429",
            ],
        ),
        (
            ["FAILED", "nobody would see it: no contact of the account is in its audience"],
            [
                "FAILED",
                "EMPTY_AUDIENCE",
                "nobody would see it: no contact of the account is in its audience",
                "",
            ],
        ),
        (
            ["FAILED", "its file is no longer kept"],
            ["FAILED", "MEDIA_MISSING", "its file is no longer kept", ""],
        ),
        (
            ["FAILED", "WhatsApp refused it with code 479"],
            ["FAILED", "REJECTED", "WhatsApp refused it with code 479", "479"],
        ),
        (
            ["FAILED", "WhatsApp refused it with code not-acceptable"],
            ["FAILED", "REJECTED", "WhatsApp refused it with code not-acceptable", ""],
        ),
        (
            ["FAILED", "WhatsApp never answered; it may have been published"],
            ["FAILED", "NO_ANSWER", "WhatsApp never answered; it may have been published", ""],
        ),
        (
            ["FAILED", "something went wrong on this server; tell its operator"],
            [
                "FAILED",
                "SERVER_ERROR",
                "something went wrong on this server; tell its operator",
                "",
            ],
        ),
        (
            ["FAILED", "it cannot be read"],
            ["FAILED", "NOT_SENT", "it cannot be read", ""],
        ),
    ],
};

pub(super) const DELETIONS: Rows<1, 4> = Rows {
    first: 4_100,
    insert: "INSERT INTO scheduled_statuses (id, user_id, account_id, kind, content, scope, contact_ids, publish_at, time_zone,
            state, wa_id, audience, audience_size, created_at, published_at, revoke_requested_at, revoke_reason)
        VALUES (id($1), id(1), id(2), 'TEXT', '', 'ALL', '{}', '2026-11-03T00:00Z', 'Europe/Berlin', 'PUBLISHED',
            'S' || $1::bigint, '', 2, '2026-11-02T00:00Z', '2026-11-03T00:00Z', '2026-11-03T01:00Z', $2)",
    sealed: Some(["scheduled_statuses", "content", CONTENT]),
    read: Read::Nodes(
        "ScheduledStatus",
        [
            "isBeingDeleted",
            "deletionFailureReason",
            "deletionFailureMessage",
            "deletionFailureWhatsappCode",
        ],
    ),
    all: &[
        ([""], ["true", "", "", ""]),
        (
            ["WhatsApp refused it with code 479"],
            ["false", "REJECTED", "WhatsApp refused it with code 479", "479"],
        ),
        (["it cannot be read"], ["false", "NOT_SENT", "it cannot be read", ""]),
    ],
};

#[tokio::test]
async fn a_failed_status_has_a_reason_and_keeps_its_words() {
    STATUSES.survive().await;
}

#[tokio::test]
async fn a_failed_deletion_has_a_reason_and_keeps_its_words() {
    DELETIONS.survive().await;
}
