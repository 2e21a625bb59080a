use serde_json::{Value, json};

use super::text;
use crate::support::app::TestApp;

const DELETED: &str = "{ viewer { deletedMessages(first: 10) { nodes {
    outcome isByAdmin lossReason text sender { displayName } deletedBy { displayName } chat { kind name }
} } } }";

fn is_listed(answer: &Value) -> bool {
    answer.pointer("/viewer/deletedMessages/nodes/0").is_some()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_admin_of_a_group_deletes_is_kept_and_says_so() {
    let app = TestApp::start().await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000070").await;
    let bob = phone.contact("5511800000070", "Bob").await;
    let carol = phone.contact("5511800000071", "Carol").await;
    let group = app
        .simulator()
        .create_group_with_admins(&phone.number, "Friends", &[&bob, &carol], &[&bob])
        .await
        .unwrap();
    let message = phone
        .happen(json!({"kind": "message", "from": carol, "chat": group, "text": "rude"}))
        .await;

    phone
        .happen(json!({"kind": "adminDelete", "from": bob, "messageId": message}))
        .await;

    let kept = user.until(DELETED, json!({}), is_listed).await;
    assert_eq!(
        kept["viewer"]["deletedMessages"]["nodes"],
        json!([{
            "outcome": "DELETED", "isByAdmin": true, "lossReason": null, "text": "rude", "sender": {"displayName": "Carol"},
            "deletedBy": {"displayName": "Bob"}, "chat": {"kind": "GROUP", "name": "Friends"},
        }])
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_who_is_no_admin_deletes_nothing_of_others() {
    let app = TestApp::start().await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000072").await;
    let bob = phone.contact("5511800000072", "Bob").await;
    let carol = phone.contact("5511800000073", "Carol").await;
    let group = app
        .simulator()
        .create_group_with_admins(&phone.number, "Friends", &[&bob, &carol], &[&bob])
        .await
        .unwrap();
    let message = phone
        .happen(json!({"kind": "message", "from": bob, "chat": group, "text": "the rules"}))
        .await;

    phone
        .happen(json!({"kind": "forgedDelete", "from": carol, "messageId": message}))
        .await;

    let kept = user.until(DELETED, json!({}), is_listed).await;
    assert_eq!(text(&kept, "/viewer/deletedMessages/nodes/0/outcome"), "FORGED");
    assert_eq!(
        text(&kept, "/viewer/deletedMessages/nodes/0/deletedBy/displayName"),
        "Carol"
    );
    assert_eq!(kept["viewer"]["deletedMessages"]["nodes"][0]["isByAdmin"], false);
    app.stop().await;
}
