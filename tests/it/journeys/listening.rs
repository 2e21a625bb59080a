use serde_json::{Value, json};

use super::text;
use crate::support::app::TestApp;
use crate::support::websocket::SOON;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_replay_from_a_cursor_and_go_on_live_without_gap_or_double() {
    let app = TestApp::start().await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000030").await;
    let bob = phone.contact("5511800000030", "Bob").await;
    let now = user.run("{ viewer { eventCursor } }", json!({})).await;
    let cursor = text(&now, "/viewer/eventCursor").to_owned();
    let events = "subscription ($after: Cursor!) { events(after: $after, kinds: [STATUS_POSTED]) { sequence cursor } }";
    phone
        .happen(json!({"kind": "status", "from": bob, "text": "1"}))
        .await;
    phone
        .happen(json!({"kind": "status", "from": bob, "text": "2"}))
        .await;
    let seen = "{ viewer { statuses(first: 5) { nodes { text } } } }";
    user.until(seen, json!({}), |answer| {
        answer.pointer("/viewer/statuses/nodes/1").is_some()
    })
    .await;

    let mut stream = user.subscribe(events, json!({"after": cursor})).await;
    let first = stream.next_event(SOON).await;
    let second = stream.next_event(SOON).await;
    phone
        .happen(json!({"kind": "status", "from": bob, "text": "3"}))
        .await;
    let third = stream.next_event(SOON).await;
    let mut resumed = user
        .subscribe(events, json!({"after": text(&first, "/events/cursor")}))
        .await;

    assert_eq!(resumed.next_event(SOON).await, second);
    assert_eq!(resumed.next_event(SOON).await, third);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_number_of_a_users_sequence_is_there_once() {
    let app = TestApp::start().await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000031").await;
    let bob = phone.contact("5511800000031", "Bob").await;
    for number in 1..=10 {
        phone
            .happen(json!({"kind": "status", "from": bob, "text": format!("{number}")}))
            .await;
    }
    let seen = "{ viewer { statusLikes(first: 20) { nodes { state } } } }";
    let all_liked = |answer: &Value| answer.to_string().matches("LIKED").count() == 10;
    user.until(seen, json!({}), all_liked).await;

    let beginning = data_encoding::BASE64URL_NOPAD.encode(b"event:0");
    let mut stream = user
        .subscribe(
            "subscription ($after: Cursor!) { events(after: $after) { sequence } }",
            json!({"after": beginning}),
        )
        .await;

    for expected in 1..=40 {
        let event = stream.next_event(SOON).await;
        assert_eq!(event.pointer("/events/sequence"), Some(&json!(expected)));
    }
    app.stop().await;
}
