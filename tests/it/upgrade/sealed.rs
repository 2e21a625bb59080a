//! Sealed and structured values as the release before wrote them.

use amda::crypto::belongs_to;
use amda::event::{MediaKind, MediaReference, Outgoing, Person};
use serde_json::json;
use ulid::Ulid;

use super::{Earlier, account};
use crate::support::outbox::sends;

/// Rows whose sealed columns are filled from [`SEALED`].
const ROWS: &str = r#"
    INSERT INTO auto_likes (account_id, user_id, is_enabled, emoji, scope, contact_ids, skip_muted, max_per_hour, quiet_from,
            quiet_until, contact_emojis)
        VALUES (id(2), id(1), true, '💚', 'ONLY', ARRAY[id(3)], true, 30, 1320, 450,
            jsonb_build_array(jsonb_build_object('contact', id(3), 'emoji', '🎉')));
    INSERT INTO auto_reply_settings (account_id, user_id, mode, cooldown_minutes, scope, contact_ids, schedule)
        VALUES (id(2), id(1), 'OFFLINE', 60, 'ALL', '{}', '[{"weekday": "MONDAY", "from": 540, "until": 1440}]');
    INSERT INTO auto_replies (id, user_id, account_id, contact_id, mode, content, outcome, asked_at, created_at, queued_at)
        VALUES (id(10), id(1), id(2), id(3), 'BUSY', '', 'QUEUED', now(), now(), now());
    INSERT INTO messages (id, user_id, account_id, chat_id, sender_id, wa_id, kind, is_from_me, sent_at, received_at)
        VALUES (id(11), id(1), id(2), id(4), id(3), 'S', 'TEXT', false, now(), now());
    INSERT INTO statuses (id, user_id, account_id, message_id, author_id, kind, content, is_own, posted_at, expires_at)
        VALUES (id(11), id(1), id(2), id(11), id(3), 'TEXT', '', false, now(), now() + interval '1 day');
    INSERT INTO scheduled_statuses (id, user_id, account_id, kind, content, scope, contact_ids, publish_at, time_zone, state,
            created_at)
        VALUES (id(12), id(1), id(2), 'TEXT', '', 'EXCEPT', ARRAY[id(3)], now(), 'Europe/Berlin', 'SCHEDULED', now());
    INSERT INTO edited_messages (id, user_id, account_id, chat_id, sender_id, kind, wordings, terms, first_edited_at,
            last_edited_at)
        VALUES (id(13), id(1), id(2), id(4), id(3), 'TEXT', '', '{}', now(), now());
    INSERT INTO deleted_messages (id, user_id, account_id, chat_id, sender_id, deleted_by_id, wa_id, outcome, is_by_admin, kind,
            content, terms, sent_at, deleted_at)
        VALUES (id(14), id(1), id(2), id(4), id(3), id(3), 'D', 'DELETED', false, 'TEXT', '', '{}', now(), now());
    INSERT INTO view_once_messages (id, user_id, account_id, chat_id, sender_id, wa_id, kind, caption, outcome, is_capturing,
            received_at, captured_at)
        VALUES (id(15), id(1), id(2), id(4), id(3), 'V', 'IMAGE', '', 'CAPTURED', false, now(), now());
    INSERT INTO webhook_endpoints (id, user_id, url, secret, created_at) VALUES (id(16), id(1), '', '', now());
    INSERT INTO logins (id, user_id, created_at, last_used_at, expires_at) VALUES (id(17), id(1), now(), now(), now() + interval '1 day');
    INSERT INTO push_subscriptions (id, user_id, login_id, endpoint_print, target, created_at)
        VALUES (id(17), id(1), id(17), 17, '', now());
    INSERT INTO outbox (id, user_id, account_id, kind, wa_id, payload, state, send_at, created_at)
        VALUES (id(18), id(1), id(2), 'REACTION', 'W', '', 'QUEUED', now(), now());
    INSERT INTO media (id, user_id, account_id, kind, mime_type, size_bytes, reference, state, created_at)
        VALUES (id(19), id(1), id(2), 'IMAGE', 'image/jpeg', 5, '', 'REMOTE', now());
"#;

/// Table and column, the column of the row's id and its number, and what is sealed.
const SEALED: [(&str, &str, &str, u128, &str); 17] = [
    ("accounts", "sealed_label", "id", 2, "Work"),
    ("accounts", "sealed_push_name", "id", 2, "Ana"),
    ("accounts", "sealed_phone_number", "id", 2, "5511999990000"),
    ("contacts", "sealed_name", "id", 3, "Alice"),
    (
        "auto_reply_settings",
        "offline_message",
        "account_id",
        2,
        "Back at {time}",
    ),
    ("auto_replies", "content", "id", 10, "Back soon"),
    ("statuses", "content", "id", 11, "sunny"),
    (
        "scheduled_statuses",
        "content",
        "id",
        12,
        r#"{"Text":{"text":"rainy","background":{"rgb":482900},"font":"FB_SCRIPT"}}"#,
    ),
    (
        "edited_messages",
        "wordings",
        "id",
        13,
        r#"[{"text":"helo","written_at":"2026-11-03T00:00:00Z"},{"text":"hello","written_at":"2026-11-03T00:01:00Z"}]"#,
    ),
    ("deleted_messages", "content", "id", 14, "never mind"),
    ("view_once_messages", "caption", "id", 15, "only for you"),
    ("webhook_endpoints", "url", "id", 16, "https://example.org/hook"),
    (
        "webhook_endpoints",
        "secret",
        "id",
        16,
        "a secret of thirty-two bytes ...",
    ),
    (
        "push_subscriptions",
        "target",
        "id",
        17,
        r#"{"endpoint":"https://push.example/abc",
            "p256dh":"BLn9b-VR0ca83knDNZ32dCHGyjJp-1riX9ZTN40MqV8K_LpQmLqxC_DoHvqvFXO_nGdAB4W9dogZb_sM-uV4JbY",
            "auth":"_ordMnz7uTCmrpBTeUV4Bw"}"#,
    ),
    (
        "outbox",
        "payload",
        "id",
        18,
        r#"{"StatusReaction":{"author":{"lid":"5@lid","phone_number":null},"target_wa_id":"S","emoji":"💚"}}"#,
    ),
    (
        "media",
        "reference",
        "id",
        19,
        r#"{"kind":"IMAGE","mime_type":"image/jpeg","caption":null,"direct_path":"/a","media_key":[1],"sha256":[2],
            "encrypted_sha256":[3],"size_bytes":5,"width":null,"height":null,"duration_seconds":null,"thumbnail":null,
            "origin":{"wa_id":"M","chat":{"Group":"6@g.us"},"sender":{"lid":"5@lid","phone_number":null},"is_from_me":false}}"#,
    ),
    ("auto_reply_settings", "busy_message", "account_id", 2, "Busy"),
];

const QUERY: &str = "{ viewer {
    accounts { nodes {
        label phoneNumber pushName
        contacts { nodes { name } }
        autoReplySettings { offlineMessage busyMessage schedule { weekday from until } }
        autoLikeSettings { scope contacts { name } quietHours { from until } contactEmojis { emoji contact { name } } }
    } }
    autoReplies { nodes { text } }
    statuses { nodes { text } }
    scheduledStatuses { nodes { content { ... on TextStatus { text backgroundColor font } } audience { except { name } } } }
    editedMessages { nodes { text versions { text } } }
    deletedMessages { nodes { text } }
    viewOnceMessages { nodes { text } }
    webhookEndpoints { url }
    pushSubscriptions { service }
} }";

async fn sealed_rows() -> Earlier {
    let earlier = Earlier::begin().await;
    earlier.rows.batch_execute(ROWS).await.unwrap();
    for (table, column, id, number, plain) in SEALED {
        let place = belongs_to(table, column, Ulid::from(number));
        let sealed = earlier.key.seal(&place, plain.as_bytes());
        let update = format!("UPDATE {table} SET {column} = $1 WHERE {id} = id($2)");
        let row = i64::try_from(number).unwrap();
        let changed = earlier.rows.execute(&update, &[&sealed, &row]).await.unwrap();
        assert_eq!(changed, 1, "{table} {number}");
    }
    earlier
}

#[tokio::test]
async fn settings_and_contents_are_read_as_they_were_written() {
    let earlier = sealed_rows().await;

    earlier.upgrade().await;

    let answer = earlier.world.ask(account(), QUERY, json!({})).await;
    let alice = json!({ "name": "Alice" });
    let wanted = json!({
        "accounts": { "nodes": [{
            "label": "Work",
            "phoneNumber": "+5511999990000",
            "pushName": "Ana",
            "contacts": { "nodes": [alice] },
            "autoReplySettings": {
                "offlineMessage": "Back at {time}",
                "busyMessage": "Busy",
                "schedule": [{ "weekday": "MONDAY", "from": "09:00", "until": "24:00" }],
            },
            "autoLikeSettings": {
                "scope": "ONLY",
                "contacts": [alice],
                "quietHours": { "from": "22:00", "until": "07:30" },
                "contactEmojis": [{ "emoji": "🎉", "contact": alice }],
            },
        }] },
        "autoReplies": { "nodes": [{ "text": "Back soon" }] },
        "statuses": { "nodes": [{ "text": "sunny" }] },
        "scheduledStatuses": { "nodes": [{
            "content": { "text": "rainy", "backgroundColor": "#075E54", "font": "FB_SCRIPT" },
            "audience": { "except": [alice] },
        }] },
        "editedMessages": { "nodes": [{ "text": "hello", "versions": [{ "text": "helo" }, { "text": "hello" }] }] },
        "deletedMessages": { "nodes": [{ "text": "never mind" }] },
        "viewOnceMessages": { "nodes": [{ "text": "only for you" }] },
        "webhookEndpoints": [{ "url": "https://example.org/hook" }],
        "pushSubscriptions": [{ "service": "push.example" }],
    });
    assert_eq!(answer["viewer"], wanted);
}

#[tokio::test]
async fn texts_that_were_stored_as_they_came_are_read_without_what_turns_or_hides_them() {
    const TEXTS: &str = "{ viewer {
        statuses { nodes { text } } deletedMessages { nodes { text } } viewOnceMessages { nodes { text } }
        editedMessages { nodes { text versions { text } } }
        accounts { nodes { label pushName contacts { nodes { name } } } }
    } }";
    let earlier = sealed_rows().await;
    for (table, column, number) in [
        ("accounts", "sealed_label", 2),
        ("accounts", "sealed_push_name", 2),
        ("contacts", "sealed_name", 3),
    ] {
        earlier
            .seal(table, column, number, "\u{202E}Ana\nAdmin\u{3164}")
            .await;
    }
    let as_it_came = "\u{202E}gpj\u{202C}\nexe\u{2067}\0";
    for (table, column, number) in [
        ("statuses", "content", 11),
        ("deleted_messages", "content", 14),
        ("view_once_messages", "caption", 15),
    ] {
        earlier.seal(table, column, number, as_it_came).await;
    }
    let wordings = json!([
        { "text": "\u{200B}", "written_at": "2026-11-03T00:00:00Z" },
        { "text": as_it_came, "written_at": "2026-11-03T00:01:00Z" },
    ]);
    earlier
        .seal("edited_messages", "wordings", 13, &wordings.to_string())
        .await;

    earlier.upgrade().await;

    let answer = earlier.world.ask(account(), TEXTS, json!({})).await;
    let cleaned = json!({ "nodes": [{ "text": "gpj\nexe" }] });
    let wanted = json!({
        "statuses": cleaned, "deletedMessages": cleaned, "viewOnceMessages": cleaned,
        "editedMessages": { "nodes": [{
            "text": "gpj\nexe", "versions": [{ "text": "" }, { "text": "gpj\nexe" }],
        }] },
        "accounts": { "nodes": [{
            "label": "Ana Admin", "pushName": "Ana Admin", "contacts": { "nodes": [{ "name": "Ana Admin" }] },
        }] },
    });
    assert_eq!(answer["viewer"], wanted);
}

#[tokio::test]
async fn what_waits_to_be_sent_or_fetched_is_read_as_it_was_written() {
    let earlier = sealed_rows().await;

    earlier.upgrade().await;

    let alice = Person {
        lid: Some("5@lid".to_owned()),
        phone_number: None,
    };
    let sends = sends(&earlier.world, account()).await;
    let like = Outgoing::StatusReaction {
        author: alice.clone(),
        target_wa_id: "S".to_owned(),
        emoji: "💚".to_owned(),
    };
    assert_eq!(
        sends.into_iter().map(|send| send.outgoing).collect::<Vec<_>>(),
        [like]
    );
    let query = "SELECT reference FROM media WHERE id = id(19)";
    let sealed: Vec<u8> = earlier.rows.query_one(query, &[]).await.unwrap().get(0);
    let place = belongs_to("media", "reference", Ulid::from(19));
    let plain = earlier.key.open(&place, &sealed).unwrap();
    let reference: MediaReference = serde_json::from_slice(&plain).unwrap();
    assert_eq!(
        (reference.kind, reference.direct_path.as_str()),
        (MediaKind::Image, "/a")
    );
    assert_eq!(reference.origin.unwrap().sender, alice);
}
