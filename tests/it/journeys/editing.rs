use serde_json::{Value, json};

use super::text;
use crate::support::app::TestApp;
use crate::support::websocket::SOON;

const EDITED: &str = "{ viewer { editedMessages(first: 10) { nodes {
    text kind sender { displayName } chat { kind } versions { text }
} } } }";

fn has_versions(count: usize) -> impl Fn(&Value) -> bool {
    move |answer| {
        let versions = answer.pointer("/viewer/editedMessages/nodes/0/versions");
        versions.and_then(Value::as_array).map(Vec::len) == Some(count)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_is_heard_at_once_and_listed_with_every_wording() {
    let app = TestApp::start().await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000050").await;
    let bob = phone.contact("5511800000050", "Bob").await;
    let mut heard = user
        .subscribe_from_now("editedMessageChanged", "editedMessage { id text }")
        .await;
    let message = phone
        .happen(json!({"kind": "message", "from": bob, "text": "see you at eight"}))
        .await;

    phone
        .happen(json!({"kind": "edit", "from": bob, "messageId": message, "text": "see you at nine"}))
        .await;

    let event = heard.next_event(SOON).await;
    assert_eq!(
        text(&event, "/editedMessageChanged/editedMessage/text"),
        "see you at nine"
    );
    let listed = user.run(EDITED, json!({})).await;
    assert_eq!(
        listed["viewer"]["editedMessages"]["nodes"],
        json!([{
            "text": "see you at nine", "kind": "TEXT", "sender": {"displayName": "Bob"}, "chat": {"kind": "DIRECT"},
            "versions": [{"text": "see you at eight"}, {"text": "see you at nine"}],
        }])
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_was_edited_before_a_restart_can_be_edited_after_it() {
    let app = TestApp::start().await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000051").await;
    let bob = phone.contact("5511800000051", "Bob").await;
    let message = phone
        .happen(json!({"kind": "message", "from": bob, "text": "one"}))
        .await;
    phone
        .happen(json!({"kind": "edit", "from": bob, "messageId": message, "text": "two"}))
        .await;
    user.until(EDITED, json!({}), has_versions(2)).await;

    let app = app.restart().await;
    let user = app.log_in("alice@example.org").await;
    app.simulator()
        .perform(
            "5511900000051",
            serde_json::from_value(
                json!({"kind": "edit", "from": bob, "messageId": message, "text": "three"}),
            )
            .unwrap(),
        )
        .await
        .unwrap();

    let listed = user.until(EDITED, json!({}), has_versions(3)).await;
    assert_eq!(text(&listed, "/viewer/editedMessages/nodes/0/text"), "three");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_encrypted_edit_is_an_edit_like_any_other() {
    let app = TestApp::start().await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000052").await;
    let bob = phone.contact("5511800000052", "Bob").await;
    let message = phone
        .happen(json!({"kind": "message", "from": bob, "text": "one"}))
        .await;

    phone
        .happen(json!({"kind": "edit", "from": bob, "messageId": message, "text": "two", "encrypted": true}))
        .await;

    let listed = user.until(EDITED, json!({}), has_versions(2)).await;
    assert_eq!(text(&listed, "/viewer/editedMessages/nodes/0/text"), "two");
    app.stop().await;
}
