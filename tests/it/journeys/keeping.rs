use serde_json::{Value, json};

use super::text;
use crate::support::app::TestApp;
use crate::support::http;

const KEPT: &str = "{ viewer { viewOnceMessages(first: 10) { nodes {
    outcome failureReason kind sender { displayName } media { state url mimeType thumbnailDataUri }
} } } }";
const DELETED: &str = "{ viewer { deletedMessages(first: 10) { nodes {
    text kind sender { displayName } deletedBy { displayName } chat { kind } media { state url }
} } } }";

fn outcome_is(wanted: &'static str) -> impl Fn(&Value) -> bool {
    move |answer| answer.pointer("/viewer/viewOnceMessages/nodes/0/outcome") == Some(&json!(wanted))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivered_view_once_photo_is_captured_and_shown_by_a_signed_link() {
    let app = TestApp::start().await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000020").await;
    let bob = phone.contact("5511800000020", "Bob").await;

    phone
        .happen(json!({"kind": "viewOnce", "from": bob, "media": "image", "delivered": true}))
        .await;

    let kept = user.until(KEPT, json!({}), outcome_is("CAPTURED")).await;
    let link = text(&kept, "/viewer/viewOnceMessages/nodes/0/media/url");
    let photo = http::get(link).await;
    assert_eq!(photo.status(), 200);
    assert!(image::load_from_memory(&photo.bytes().await.unwrap()).is_ok());
    let tampered = http::get(&link.replace("signature=", "signature=0")).await;
    assert_eq!(tampered.status(), 403);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_placeholder_is_recorded_as_not_delivered_until_the_owner_quotes_it() {
    let app = TestApp::start().await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000021").await;
    let bob = phone.contact("5511800000021", "Bob").await;

    let message = phone
        .happen(json!({"kind": "viewOnce", "from": bob, "delivered": false}))
        .await;

    user.until(KEPT, json!({}), outcome_is("NOT_DELIVERED")).await;
    phone
        .happen(json!({"kind": "quoteViewOnce", "from": phone.number, "messageId": message, "text": "wow"}))
        .await;
    let kept = user.until(KEPT, json!({}), outcome_is("CAPTURED")).await;
    assert_eq!(
        kept.pointer("/viewer/viewOnceMessages/nodes")
            .and_then(Value::as_array)
            .map(Vec::len),
        Some(1)
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_message_is_kept_and_a_forged_deletion_changes_nothing() {
    let app = TestApp::start().await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000022").await;
    let bob = phone.contact("5511800000022", "Bob").await;
    let message = phone
        .happen(json!({"kind": "message", "from": bob, "text": "do not tell anybody"}))
        .await;

    phone
        .happen(json!({"kind": "delete", "from": bob, "messageId": message}))
        .await;

    let kept = user
        .until(DELETED, json!({}), |answer| {
            answer.pointer("/viewer/deletedMessages/nodes/0/text").is_some()
        })
        .await;
    assert_eq!(
        text(&kept, "/viewer/deletedMessages/nodes/0/text"),
        "do not tell anybody"
    );
    assert_eq!(text(&kept, "/viewer/deletedMessages/nodes/0/chat/kind"), "DIRECT");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_photo_of_a_deleted_message_is_fetched_when_it_is_deleted() {
    let app = TestApp::start().await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000023").await;
    let bob = phone.contact("5511800000023", "Bob").await;
    let message = phone
        .happen(json!({"kind": "message", "from": bob, "text": "look", "media": "image"}))
        .await;

    phone
        .happen(json!({"kind": "delete", "from": bob, "messageId": message}))
        .await;

    let stored = |answer: &Value| {
        answer.pointer("/viewer/deletedMessages/nodes/0/media/state") == Some(&json!("STORED"))
    };
    let kept = user.until(DELETED, json!({}), stored).await;
    let photo = http::get(text(&kept, "/viewer/deletedMessages/nodes/0/media/url")).await;
    assert_eq!(photo.status(), 200);
    app.stop().await;
}
