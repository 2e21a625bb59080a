//! The whole way, from a file on somebody's disk to the eyes of a contact.

use amda::plan::Plan;
use amda::simulator::SentMessage;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::support::app::{TestApp, TestPhone, TestUser};
use crate::support::files::{POSITION, contains, photograph};
use crate::support::http;
use crate::support::websocket::{SOON, Socket};

const NEWS: &str =
    "scheduledStatus { id state failureReason failureWhatsappCode viewerCount deletedAt status { id text } }";

const SCHEDULE: &str = "mutation ($input: ScheduleStatusInput!) { scheduleStatus(input: $input) {
    scheduledStatus { id } errors { message path }
} }";

async fn schedule(app: &TestApp, user: &TestUser, phone: &TestPhone, shown: Value) -> String {
    let at = app.app.services.core.clock.now() + chrono::TimeDelta::seconds(1);
    let mut input = json!({"accountId": phone.account, "publishAt": {"instant": at.to_rfc3339()}});
    input
        .as_object_mut()
        .unwrap()
        .extend(shown.as_object().unwrap().clone());
    let data = user.run(SCHEDULE, json!({ "input": input })).await;
    assert_eq!(data["scheduleStatus"]["errors"], json!([]), "{data}");
    let id = &data["scheduleStatus"]["scheduledStatus"]["id"];
    id.as_str().unwrap().to_owned()
}

/// The first news that the status is so.
async fn until(news: &mut Socket, is_so: impl Fn(&Value) -> bool) -> Value {
    loop {
        let mut event = news.next_event(SOON).await;
        let status = event["scheduledStatusChanged"]["scheduledStatus"].take();
        if is_so(&status) {
            return status;
        }
    }
}

async fn heard(phone: &TestPhone, kind: &str) -> SentMessage {
    let heard = phone
        .simulator
        .wait_for_sent(&phone.number, |sent| sent.kind == kind);
    timeout(SOON, heard).await.expect("it is heard in time").unwrap()
}

/// Somebody with a linked phone and a contact whom the server knows.
async fn somebody(app: &TestApp, number: &str) -> (TestUser, TestPhone, String) {
    let user = app.register("alice@example.org").await;
    let core = &app.app.services.core;
    amda::features::users::set_plan(core, "alice@example.org", Plan::Premium)
        .await
        .unwrap();
    let phone = app.link_phone(&user, number).await;
    let bob = phone.contact("5511800000200", "Bob").await;
    let contacts =
        "query ($id: ID!) { node(id: $id) { ... on Account { contacts(first: 9) { nodes { name } } } } }";
    user.until(contacts, json!({"id": phone.account}), |answer| {
        answer.to_string().contains("Bob")
    })
    .await;
    (user, phone, bob)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_photograph_is_uploaded_posted_looked_at_and_deleted() {
    let app = TestApp::start().await;
    let (user, phone, bob) = somebody(&app, "5511900000200").await;
    let content = photograph(320, 240);
    let announced = user
        .run(
            "mutation ($input: CreateUploadInput!) { createUpload(input: $input) { upload { id url } } }",
            json!({"input": {
                "accountId": phone.account, "mimeType": "image/jpeg", "sizeBytes": content.len(),
            }}),
        )
        .await;
    let upload = &announced["createUpload"]["upload"];
    let sending = http::client().put(upload["url"].as_str().unwrap()).body(content);
    assert_eq!(sending.send().await.unwrap().status(), 204);
    let mut news = user.subscribe_from_now("scheduledStatusChanged", NEWS).await;

    let shown = json!({"content": {"media": {"uploadId": upload["id"], "caption": "the sea"}}});
    let id = schedule(&app, &user, &phone, shown.clone()).await;
    let published = until(&mut news, |status| status["state"] == "PUBLISHED").await;
    assert_eq!(published["id"], json!(id));
    let post = heard(&phone, "image").await;
    assert_eq!(post.to, "status@broadcast");
    assert_eq!(post.text.as_deref(), Some("the sea"));
    assert_eq!(post.recipients, std::slice::from_ref(&bob));
    let file = phone
        .simulator
        .sent_media(&phone.number, &post.message_id)
        .await
        .unwrap();
    assert!(!contains(&file, POSITION));
    assert_eq!(image::load_from_memory(&file).unwrap().width(), 240);

    phone
        .happen(json!({"kind": "view", "from": bob, "messageId": post.message_id}))
        .await;
    let seen = until(&mut news, |status| status["viewerCount"] == 1).await;
    assert_eq!(seen["state"], "PUBLISHED");

    let input = json!({"input": {"scheduledStatusId": id}});
    let delete = "mutation ($input: DeletePublishedStatusInput!) { deletePublishedStatus(input: $input) {
        errors { message }
    } }";
    user.run(delete, input).await;
    until(&mut news, |status| status["deletedAt"].is_string()).await;
    let revoke = heard(&phone, "revoke").await;
    assert_eq!(revoke.target_message_id, Some(post.message_id));
    assert_eq!(revoke.recipients, [bob]);

    // An upload shows one status.
    let at = app.app.services.core.clock.now() + chrono::TimeDelta::minutes(1);
    let mut input = json!({"accountId": phone.account, "publishAt": {"instant": at.to_rfc3339()}});
    input
        .as_object_mut()
        .unwrap()
        .extend(shown.as_object().unwrap().clone());
    let twice = user.run(SCHEDULE, json!({ "input": input })).await;
    assert_eq!(
        twice["scheduleStatus"]["errors"][0]["path"],
        json!(["content", "media", "uploadId"])
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_before_the_answer_posts_once() {
    let app = TestApp::start().await;
    let (user, phone, bob) = somebody(&app, "5511900000201").await;
    let fault = serde_json::from_value(json!({"kind": "loseAnswer"})).unwrap();
    app.simulator().fail(&phone.number, fault).await.unwrap();

    let id = schedule(
        &app,
        &user,
        &phone,
        json!({"content": {"text": {"text": "good morning"}}}),
    )
    .await;
    heard(&phone, "text").await;
    let app = app.restart().await;
    let user = app.log_in("alice@example.org").await;

    let query = "query ($id: ID!) { node(id: $id) { ... on ScheduledStatus { state failureReason } } }";
    let settled = user
        .until(query, json!({ "id": id }), |answer| {
            answer["node"]["state"] != "PUBLISHING" && answer["node"]["state"] != "SCHEDULED"
        })
        .await;
    assert_eq!(
        settled["node"],
        json!({"state": "PUBLISHED", "failureReason": null})
    );
    let sent = app.simulator().sent(&phone.number).await.unwrap();
    let posts: Vec<_> = sent.iter().filter(|sent| sent.kind == "text").collect();
    let readers: Vec<_> = posts.iter().flat_map(|post| &post.recipients).collect();
    assert_eq!(readers, [&bob], "{posts:?}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_status_that_whatsapp_refuses_fails_with_its_code() {
    let app = TestApp::start().await;
    let (user, phone, _) = somebody(&app, "5511900000202").await;
    let fault = serde_json::from_value(json!({"kind": "nackNext", "code": 479})).unwrap();
    app.simulator().fail(&phone.number, fault).await.unwrap();
    let mut news = user.subscribe_from_now("scheduledStatusChanged", NEWS).await;

    schedule(
        &app,
        &user,
        &phone,
        json!({"content": {"text": {"text": "good morning"}}}),
    )
    .await;

    let failed = until(&mut news, |status| status["state"] == "FAILED").await;
    assert_eq!(failed["failureWhatsappCode"], 479, "{failed}");
    app.stop().await;
}
