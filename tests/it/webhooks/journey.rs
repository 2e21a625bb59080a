//! The whole of AMDA: a status on WhatsApp reaches somebody's server.

use serde_json::json;

use crate::support::app::TestApp;
use crate::support::receiver::Receiver;

#[tokio::test]
async fn a_status_on_whatsapp_reaches_an_endpoint_and_its_subject_is_found_by_its_id() {
    let app = TestApp::start_with(|config| config.allows_local_endpoints = true).await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "4915100000001").await;
    let mut receiver = Receiver::start().await;
    let created = user
        .run(
            "mutation ($url: String!) { createWebhookEndpoint(input: {url: $url, kinds: [STATUS_POSTED]}) {
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
