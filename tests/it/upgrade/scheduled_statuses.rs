//! Failures of scheduled statuses, and of their deletions.

use amda::features::scheduled_statuses::record_unrecorded;
use amda::features::statuses::record_published;
use amda::work::Work;
use serde_json::{Value, json};

use super::table::{Read, Rows};
use super::{Earlier, account};

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

/// Statuses that were published before the owner's own ones were recorded: a text, a deleted picture that is kept, and a
/// video that is not. Then one that still waits, one that was recorded, and one whose record its user deleted since.
const PUBLISHED: &str = "
    INSERT INTO contacts (id, user_id, account_id, lid, is_self, created_at)
        VALUES (id(6), id(1), id(2), '9@lid', true, '2026-11-01T00:00Z');
    INSERT INTO chats (id, user_id, account_id, kind, created_at) VALUES (id(7), id(1), id(2), 'STATUS', '2026-11-01T00:00Z');
    INSERT INTO media (id, user_id, account_id, kind, mime_type, size_bytes, reference, state, object_key, created_at)
        VALUES (id(8), id(1), id(2), 'IMAGE', 'image/jpeg', 5, '', 'STORED', 'k', '2026-11-01T00:00Z');
    INSERT INTO scheduled_statuses (id, user_id, account_id, kind, content, media_id, scope, contact_ids, publish_at, time_zone,
            state, wa_id, audience, audience_size, created_at, published_at, deleted_at)
        SELECT id(number), id(1), id(2), kind, '', media, 'ALL', '{}', coalesce(at, '2026-12-24T00:00Z'), 'Europe/Berlin', state,
            wa_id, CASE WHEN wa_id IS NOT NULL THEN ''::bytea END, CASE WHEN wa_id IS NOT NULL THEN 1 END, '2026-11-02T00:00Z',
            at, CASE WHEN number = 4202 THEN at + interval '1 hour' END
        FROM (VALUES
            (4201, 'TEXT', NULL::uuid, 'PUBLISHED', 'W1', timestamptz '2020-11-03T00:00Z'),
            (4202, 'IMAGE', id(8), 'PUBLISHED', 'W2', '2020-11-04T00:00Z'),
            (4203, 'VIDEO', NULL, 'PUBLISHED', 'W3', '2020-11-05T00:00Z'),
            (4204, 'TEXT', NULL, 'SCHEDULED', NULL, NULL),
            (4205, 'TEXT', NULL, 'PUBLISHED', 'W5', '2020-11-06T00:00Z'),
            (4206, 'TEXT', NULL, 'PUBLISHED', 'W6', now() + interval '1 hour')
        ) AS planned (number, kind, media, state, wa_id, at);
    INSERT INTO messages (id, user_id, account_id, chat_id, sender_id, wa_id, kind, is_from_me, sent_at, received_at)
        VALUES (id(4205), id(1), id(2), id(7), id(6), 'W5', 'TEXT', true, '2020-11-06T00:00Z', '2020-11-06T00:00Z');
    INSERT INTO statuses (id, user_id, account_id, message_id, author_id, kind, is_own, posted_at, expires_at)
        VALUES (id(4205), id(1), id(2), id(4205), id(6), 'TEXT', true, '2020-11-06T00:00Z', '2020-11-07T00:00Z');
    INSERT INTO scheduled_status_viewers (status_id, contact_id, user_id, viewed_at)
        VALUES (id(4201), id(3), id(1), '2020-11-03T01:00Z');
";

const OWN: &str = "{ viewer { statuses(filter: {isOwn: true}) { nodes {
    id kind text caption postedAt isDeleted: deletedAt viewerCount viewers { nodes { viewedAt } } media { state }
    scheduledStatus { state }
} } } }";

async fn with_published() -> Earlier {
    let earlier = Earlier::begin().await;
    earlier.rows.batch_execute(PUBLISHED).await.unwrap();
    for number in [4_201, 4_204, 4_205, 4_206] {
        earlier
            .seal("scheduled_statuses", "content", number, CONTENT)
            .await;
    }
    for (number, caption) in [
        (4_202, r#"{"Caption":"at the beach"}"#),
        (4_203, r#"{"Caption":null}"#),
    ] {
        earlier
            .seal("scheduled_statuses", "content", number, caption)
            .await;
    }
    earlier
}

/// Does to published statuses what a start of the server does.
async fn start(earlier: &Earlier) {
    let record = async |work: &mut Work, account, published| {
        record_published(work, account, published).await.map(drop)
    };
    record_unrecorded(&earlier.world.core, record).await.unwrap();
}

async fn own(earlier: &Earlier) -> Vec<Value> {
    let answer = earlier.world.ask(account(), OWN, json!({})).await;
    answer["viewer"]["statuses"]["nodes"].as_array().unwrap().clone()
}

#[tokio::test]
async fn statuses_that_amda_published_before_are_among_the_owners_with_their_viewers() {
    let earlier = with_published().await;
    earlier.upgrade().await;

    start(&earlier).await;

    let statuses = own(&earlier).await;
    let shown: Vec<Value> = statuses
        .iter()
        .map(|status| {
            json!([
                status["postedAt"],
                status["kind"],
                status["text"],
                status["caption"],
                status["isDeleted"].is_string(),
                status["viewerCount"],
                status["media"]["state"],
                status["scheduledStatus"]["state"],
            ])
        })
        .collect();
    assert_eq!(
        Value::from(shown),
        json!([
            [
                "2020-11-06T00:00:00+00:00",
                "TEXT",
                null,
                null,
                false,
                0,
                null,
                "PUBLISHED"
            ],
            [
                "2020-11-05T00:00:00+00:00",
                "VIDEO",
                null,
                null,
                false,
                0,
                null,
                "PUBLISHED"
            ],
            [
                "2020-11-04T00:00:00+00:00",
                "IMAGE",
                null,
                "at the beach",
                true,
                0,
                "STORED",
                "PUBLISHED"
            ],
            [
                "2020-11-03T00:00:00+00:00",
                "TEXT",
                "sunny",
                null,
                false,
                1,
                null,
                "PUBLISHED"
            ],
        ])
    );
    assert_eq!(
        statuses[3]["viewers"]["nodes"],
        json!([{ "viewedAt": "2020-11-03T01:00:00+00:00" }])
    );
}

#[tokio::test]
async fn a_status_that_was_recorded_afterwards_is_not_recorded_again_even_when_its_user_deleted_it() {
    const DELETE: &str = "mutation($id: ID!) { deleteKeptItems(input: {ids: [$id]}) { errors { message } } }";
    let earlier = with_published().await;
    earlier.upgrade().await;
    start(&earlier).await;
    let first = own(&earlier).await;
    let deletion = json!({ "id": first[0]["id"] });
    earlier.world.ask(account(), DELETE, deletion).await;

    start(&earlier).await;
    earlier.downgrade().await;
    earlier.upgrade().await;
    start(&earlier).await;

    assert_eq!(own(&earlier).await, first[1..]);
}
