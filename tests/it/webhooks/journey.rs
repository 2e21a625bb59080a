//! The whole of AMDA: a status on WhatsApp reaches somebody's server.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{number, text};
use crate::support::app::{TestApp, TestPhone, TestUser};
use crate::support::receiver::{Answer, Receiver};
use crate::support::websocket::SOON;

#[tokio::test]
async fn a_status_on_whatsapp_reaches_an_endpoint_and_its_subject_is_found_by_its_id() {
    let app = TestApp::start_with(|config| config.allows_local_endpoints = true).await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "4915100000001").await;
    let mut receiver = Receiver::start().await;
    let created = user
        .run(
            "mutation ($url: URL!) { createWebhookEndpoint(input: {url: $url, kinds: [STATUS_POSTED]}) {
                secret errors { message } } }",
            json!({"url": receiver.url()}),
        )
        .await;
    let secret = created["createWebhookEndpoint"]["secret"].as_str().unwrap();
    let bob = phone.contact("4915100000002", "Bob").await;

    phone
        .happen(json!({"kind": "status", "from": bob, "text": "hello"}))
        .await;

    let heard = receiver.next().await;
    let verifier = standardwebhooks::Webhook::new(secret).unwrap();
    verifier.verify(&heard.body, &heard.headers).unwrap();
    let body = heard.json();
    assert_eq!(body["type"], "STATUS_POSTED");
    assert_eq!(body["data"]["accountId"], phone.account);
    let found = user
        .run(
            "query ($id: ID!) { node(id: $id) { ... on Status { text } } }",
            json!({"id": body["data"]["subjectId"]}),
        )
        .await;
    assert_eq!(found["node"]["text"], "hello");
    app.stop().await;
}

#[tokio::test]
async fn an_endpoint_on_this_machine_is_refused_unless_the_operator_allows_it() {
    let app = TestApp::start().await;
    let user = app.register("alice@example.org").await;

    let refused = user
        .run(
            "mutation { createWebhookEndpoint(input: {url: \"http://127.0.0.1:9/\"}) {
                webhookEndpoint { id } errors { path message } } }",
            json!({}),
        )
        .await;

    assert_eq!(refused["createWebhookEndpoint"]["webhookEndpoint"], json!(null));
    assert_eq!(
        refused["createWebhookEndpoint"]["errors"][0]["path"],
        json!(["url"])
    );
    app.stop().await;
}

/// An endpoint of the user's that hears of likes; answers with its secret.
async fn hears_of_likes(user: &TestUser, receiver: &Receiver) -> String {
    let mutation =
        "mutation ($url: URL!) { createWebhookEndpoint(input: {url: $url, kinds: [STATUS_LIKED, STATUS_LIKE_CHANGED]}) {
        secret errors { message } } }";
    let created = user.run(mutation, json!({"url": receiver.url()})).await;
    text(&created["createWebhookEndpoint"]["secret"])
}

/// The numbers of the events about likes that follow `after`, until so many statuses are liked.
async fn told(user: &TestUser, after: &Value, count: usize) -> Vec<i64> {
    let query = "subscription ($after: Cursor) { statusLikeChanged(after: $after) {
        sequence statusLike { id state } } }";
    let mut likes = user.subscribe(query, json!({"after": after})).await;
    let (mut numbers, mut liked) = (Vec::new(), HashSet::new());
    while liked.len() < count {
        let event = likes.next_event(SOON).await["statusLikeChanged"].take();
        numbers.push(event["sequence"].as_i64().unwrap());
        if event["statusLike"]["state"] == "LIKED" {
            liked.insert(text(&event["statusLike"]["id"]));
        }
    }
    numbers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_hears_of_every_like_in_order_across_a_restart() {
    let app = TestApp::start_with(|config| config.allows_local_endpoints = true).await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "4915100000011").await;
    let bob = phone.contact("4915100000012", "Bob").await;
    let mut receiver = Receiver::start().await;
    let secret = hears_of_likes(&user, &receiver).await;
    let now = user.run("{ viewer { eventCursor } }", json!({})).await;
    let after = &now["viewer"]["eventCursor"];
    // What follows waits until the first event is taken: at the restart there is something that could be lost.
    receiver.answer([Answer::Status(503)]);

    phone
        .happen(json!({"kind": "status", "from": bob, "text": "before"}))
        .await;
    let mut heard = vec![receiver.next().await];
    told(&user, after, 1).await;
    let app = app.restart().await;
    let phone = TestPhone {
        simulator: app.simulator().clone(),
        ..phone
    };
    phone
        .happen(json!({"kind": "status", "from": bob, "text": "after"}))
        .await;

    let user = app.log_in("alice@example.org").await;
    let told = told(&user, after, 2).await;
    while heard.last().map(number) != told.last().copied() {
        heard.push(receiver.next().await);
    }
    let verifier = standardwebhooks::Webhook::new(&secret).unwrap();
    for one in &heard {
        verifier.verify(&one.body, &one.headers).unwrap();
    }
    let id = |at: usize| heard[at].header("webhook-id");
    assert_eq!(id(0), id(1), "what was refused comes again");
    let numbers: Vec<i64> = heard[1..].iter().map(number).collect();
    assert_eq!(numbers, told);
    app.stop().await;
}
