//! Kinds of stored events, and of those that webhooks asked for.

use amda::hub::EventRow;

use super::{Earlier, account};

/// A like that was accepted and one that was skipped, a view-once message that was captured and one that was not, a real
/// and a forged deletion, an own status with a viewer and a contact's, and their events; then one of each other kind.
const OLD_ROWS: &str = "
    INSERT INTO messages (id, user_id, account_id, chat_id, sender_id, wa_id, kind, is_from_me, sent_at, received_at)
        SELECT id(number), id(1), id(2), id(4), id(3), 'M' || number, 'TEXT', false, now(), now()
        FROM unnest(ARRAY[101, 102, 107, 108]) AS number;
    INSERT INTO statuses (id, user_id, account_id, message_id, author_id, kind, is_own, posted_at, expires_at)
        SELECT id(number), id(1), id(2), id(number), id(3), 'TEXT', number = 107, now(), now() + interval '1 day'
        FROM unnest(ARRAY[101, 102, 107, 108]) AS number;
    INSERT INTO status_likes (id, user_id, account_id, status_id, emoji, outcome, reason, created_at, settled_at) VALUES
        (id(101), id(1), id(2), id(101), '💚', 'LIKED', NULL, now(), now()),
        (id(102), id(1), id(2), id(102), '💚', 'SKIPPED', 'too old', now(), now());
    INSERT INTO view_once_messages (id, user_id, account_id, chat_id, sender_id, wa_id, outcome, is_capturing, received_at, captured_at) VALUES
        (id(103), id(1), id(2), id(4), id(3), 'V3', 'CAPTURED', false, now(), now()),
        (id(104), id(1), id(2), id(4), id(3), 'V4', 'NOT_DELIVERED', false, now(), NULL);
    INSERT INTO deleted_messages (id, user_id, account_id, chat_id, sender_id, deleted_by_id, wa_id, outcome, is_by_admin, kind, loss, terms, sent_at, deleted_at) VALUES
        (id(105), id(1), id(2), id(4), id(3), id(3), 'D5', 'DELETED', false, 'TEXT', NULL, '{}', now(), now()),
        (id(106), id(1), id(2), id(4), id(3), id(3), 'D6', 'FORGED', false, 'TEXT', 'FORGED', '{}', now(), now());
    INSERT INTO status_viewers (status_id, contact_id, user_id, viewed_at) VALUES (id(107), id(3), id(1), now());
    INSERT INTO events (user_id, sequence, kind, account_id, subject_id, occurred_at)
        SELECT id(1), position, kind, id(2), id(coalesce(subject, 0)), now()
        FROM unnest(
            ARRAY['STATUS_LIKED', 'STATUS_LIKED', 'STATUS_LIKED', 'VIEW_ONCE_CAPTURED', 'VIEW_ONCE_CAPTURED',
                'VIEW_ONCE_CAPTURED', 'MESSAGE_DELETED', 'MESSAGE_DELETED', 'MESSAGE_DELETED', 'STATUS_CHANGED',
                'STATUS_CHANGED', 'MESSAGE_EDITED', 'ITEM_DELETED', 'AUTO_REPLY_SENT', 'PLAN_CHANGED', 'PROFILE_CHANGED',
                'NOTIFICATION_SETTINGS_CHANGED', 'ACCOUNT_CHANGED', 'ACCOUNT_REMOVED', 'STATUS_POSTED', 'STATUS_DELETED',
                'SCHEDULED_STATUS_CHANGED', 'UPLOAD_CHANGED', 'NOTIFICATION_RECEIVED', 'NOTIFICATION_READ',
                'WEBHOOK_ENDPOINT_CHANGED'],
            ARRAY[101, 101, 102, 103, 103, 104, 105, 105, 106, 107, 108]
        ) WITH ORDINALITY AS old (kind, subject, position);
    INSERT INTO webhook_endpoints (id, user_id, url, kinds, secret, created_at) VALUES
        (id(120), id(1), '', ARRAY['ACCOUNT_CHANGED', 'STATUS_LIKED', 'VIEW_ONCE_CAPTURED', 'MESSAGE_DELETED', 'STATUS_CHANGED',
            'MESSAGE_EDITED', 'ITEM_DELETED', 'AUTO_REPLY_SENT'], '', now()),
        (id(121), id(1), '', NULL, '', now()),
        (id(122), id(1), '', '{}', '', now());
    INSERT INTO webhook_deliveries (id, user_id, endpoint_id, sequence, kind, subject_id, occurred_at, state, created_at, settled_at)
        SELECT id(130 + number), id(1), id(120), number, kind, id(101), now(), 'DELIVERED', now(), now()
        FROM unnest(ARRAY[2, 3, 99], ARRAY['STATUS_LIKED', 'STATUS_LIKED', 'MESSAGE_DELETED']) AS old (number, kind);
";

/// The kinds of the events that [`OLD_ROWS`] stores, in their order.
const KINDS: [&str; 26] = [
    "STATUS_LIKE_CHANGED",
    "STATUS_LIKED",
    "STATUS_LIKE_CHANGED",
    "VIEW_ONCE_MESSAGE_CHANGED",
    "VIEW_ONCE_CAPTURED",
    "VIEW_ONCE_MESSAGE_CHANGED",
    "MESSAGE_DELETED",
    "DELETED_MESSAGE_CHANGED",
    "DELETED_MESSAGE_CHANGED",
    "STATUS_VIEWED",
    "STATUS_MEDIA_CHANGED",
    "EDITED_MESSAGE_CHANGED",
    "KEPT_ITEM_REMOVED",
    "AUTO_REPLY_CHANGED",
    "PLAN_CHANGED",
    "PROFILE_CHANGED",
    "NOTIFICATION_SETTINGS_CHANGED",
    "ACCOUNT_CHANGED",
    "ACCOUNT_REMOVED",
    "STATUS_POSTED",
    "STATUS_DELETED",
    "SCHEDULED_STATUS_CHANGED",
    "UPLOAD_CHANGED",
    "NOTIFICATION_RECEIVED",
    "NOTIFICATION_READ",
    "WEBHOOK_ENDPOINT_CHANGED",
];

/// Stores the rows as the release before did.
pub(super) async fn insert(earlier: &Earlier) {
    earlier.rows.batch_execute(OLD_ROWS).await.unwrap();
}

#[tokio::test]
async fn a_stored_event_keeps_the_name_of_what_happened_and_any_other_change_is_called_one() {
    let earlier = Earlier::begin().await;
    insert(&earlier).await;

    earlier.upgrade().await;

    let events = earlier.world.events(account()).await;
    let kind = |row: &EventRow| row.event.kind.as_str();
    assert_eq!(events.iter().map(kind).collect::<Vec<_>>(), KINDS);
    let query = "SELECT sequence, kind FROM webhook_deliveries ORDER BY sequence";
    let deliveries = earlier.rows.query(query, &[]).await.unwrap();
    let told = deliveries
        .iter()
        .map(|row| (row.get::<_, i64>(0), row.get::<_, String>(1)));
    let wanted = [
        (2, "STATUS_LIKED"),
        (3, "STATUS_LIKE_CHANGED"),
        // Its event is no longer stored.
        (99, "DELETED_MESSAGE_CHANGED"),
    ];
    assert_eq!(
        told.collect::<Vec<_>>(),
        wanted.map(|(number, kind)| (number, kind.to_owned()))
    );
}

#[tokio::test]
async fn an_endpoint_goes_on_receiving_what_it_received() {
    let earlier = Earlier::begin().await;
    insert(&earlier).await;

    earlier.upgrade().await;

    let query = "SELECT kinds FROM webhook_endpoints ORDER BY id";
    let endpoints = earlier.rows.query(query, &[]).await.unwrap();
    let chosen: Vec<Option<Vec<String>>> = endpoints.iter().map(|row| row.get(0)).collect();
    let names = [
        "ACCOUNT_CHANGED",
        "STATUS_LIKED",
        "STATUS_LIKE_CHANGED",
        "VIEW_ONCE_CAPTURED",
        "VIEW_ONCE_MESSAGE_CHANGED",
        "DELETED_MESSAGE_CHANGED",
        "MESSAGE_DELETED",
        "STATUS_MEDIA_CHANGED",
        "STATUS_VIEWED",
        "EDITED_MESSAGE_CHANGED",
        "KEPT_ITEM_REMOVED",
        "AUTO_REPLY_CHANGED",
    ];
    assert_eq!(
        chosen,
        [Some(names.map(str::to_owned).to_vec()), None, Some(Vec::new())]
    );
}
