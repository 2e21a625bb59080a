use serde_json::{Value, json};

use crate::support::app::{TestApp, TestPhone};

const TEXTS: &str = "{ viewer { statuses(first: 20) { nodes { text } } } }";

fn has(texts: &'static [&'static str]) -> impl Fn(&Value) -> bool {
    move |answer| {
        let nodes = answer
            .pointer("/viewer/statuses/nodes")
            .and_then(Value::as_array)
            .unwrap();
        texts
            .iter()
            .all(|wanted| nodes.iter().any(|node| node["text"] == *wanted))
    }
}

async fn fail(phone: &TestPhone, fault: Value) {
    phone
        .simulator
        .fail(&phone.number, serde_json::from_value(fault).unwrap())
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_while_the_connection_is_cut_arrives_afterwards() {
    let app = TestApp::start().await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000040").await;
    let bob = phone.contact("5511800000040", "Bob").await;

    fail(&phone, json!({"kind": "cut"})).await;
    phone
        .happen(json!({"kind": "status", "from": bob, "text": "missed?"}))
        .await;

    user.until(TEXTS, json!({}), has(&["missed?"])).await;
    let gaps =
        "query ($id: ID!) { node(id: $id) { ... on Account { gaps(first: 1) { nodes { endedAt } } } } }";
    user.until(gaps, json!({"id": phone.account}), |answer| {
        answer
            .pointer("/node/gaps/nodes/0/endedAt")
            .is_some_and(Value::is_string)
    })
    .await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_while_amda_is_down_arrives_when_it_is_back() {
    let app = TestApp::start().await;
    let (_, phone) = app.premium_with_phone("alice@example.org", "5511900000041").await;
    let bob = phone.contact("5511800000041", "Bob").await;
    phone
        .happen(json!({"kind": "status", "from": bob, "text": "before"}))
        .await;

    let app = app.restart().await;
    let again = TestPhone {
        simulator: app.simulator().clone(),
        ..phone
    };
    again
        .happen(json!({"kind": "status", "from": bob, "text": "after"}))
        .await;

    let user = app.log_in("alice@example.org").await;
    user.until(TEXTS, json!({}), has(&["before", "after"])).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_arrives_twice_or_corrupt_is_there_once_and_whole() {
    let app = TestApp::start().await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000042").await;
    let bob = phone.contact("5511800000042", "Bob").await;

    fail(&phone, json!({"kind": "duplicateNext"})).await;
    phone
        .happen(json!({"kind": "status", "from": bob, "text": "twice"}))
        .await;
    fail(&phone, json!({"kind": "corruptNext"})).await;
    phone
        .happen(json!({"kind": "status", "from": bob, "text": "corrupt"}))
        .await;

    let seen = user.until(TEXTS, json!({}), has(&["twice", "corrupt"])).await;
    assert_eq!(seen.to_string().matches("twice").count(), 1);
    app.stop().await;
}
