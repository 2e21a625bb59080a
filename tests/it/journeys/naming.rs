use serde_json::{Value, json};

use super::text;
use crate::support::app::TestApp;

const STATUSES: &str = "{ viewer { statuses(first: 5) { nodes { text author { displayName } } } } }";

fn is_listed(answer: &Value) -> bool {
    answer.pointer("/viewer/statuses/nodes/0").is_some()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_a_stranger_made_up_is_one_visible_line() {
    let app = TestApp::start().await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000090").await;
    let bob = phone.contact("5511800000090", "\u{202E}Bob\nAdmin\u{3164}").await;

    phone
        .happen(json!({"kind": "status", "from": bob, "text": "hi"}))
        .await;

    let shown = user.until(STATUSES, json!({}), is_listed).await;
    assert_eq!(
        text(&shown, "/viewer/statuses/nodes/0/author/displayName"),
        "Bob Admin"
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contact_without_a_visible_name_is_shown_by_number() {
    let app = TestApp::start().await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000091").await;
    let bob = phone.contact("5511800000091", "\u{3164}\u{200B}").await;

    phone
        .happen(json!({"kind": "status", "from": bob, "text": "hi"}))
        .await;

    let shown = user.until(STATUSES, json!({}), is_listed).await;
    assert_eq!(
        text(&shown, "/viewer/statuses/nodes/0/author/displayName"),
        "+5511800000091"
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mention_is_the_contact_s_name() {
    const CONTACTS: &str = "{ viewer { accounts(first: 1) { nodes { contacts(first: 9) { nodes {
        displayName
    } } } } } }";
    const DELETED: &str = "{ viewer { deletedMessages(first: 5) { nodes { text } } } }";
    let app = TestApp::start().await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000092").await;
    let bob = phone.contact("5511800000092", "Bob").await;
    let carol = phone.contact("5511800000093", "Carol").await;
    let is_known = |answer: &Value| answer.to_string().contains("Carol");
    user.until(CONTACTS, json!({}), is_known).await;
    let message = phone
        .happen(json!({
            "kind": "messageWith", "from": bob, "text": "ask @5511800000093", "mentions": [carol],
        }))
        .await;

    phone
        .happen(json!({"kind": "delete", "from": bob, "messageId": message}))
        .await;

    let is_listed = |answer: &Value| answer.pointer("/viewer/deletedMessages/nodes/0").is_some();
    let shown = user.until(DELETED, json!({}), is_listed).await;
    assert_eq!(text(&shown, "/viewer/deletedMessages/nodes/0/text"), "ask @Carol");
    app.stop().await;
}
