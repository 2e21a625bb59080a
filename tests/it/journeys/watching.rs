use serde_json::{Value, json};

use super::text;
use crate::support::app::{TestApp, TestUser};
use crate::support::websocket::SOON;

const STATUSES: &str = "{ viewer { statuses(first: 10) { nodes { id text media { state url } } } } }";
const FETCH: &str = "mutation ($id: ID!) { fetchStatusMedia(input: {statusId: $id}) {
    status { id media { state } } errors { code message path }
} }";

/// The answer to having the media of a status fetched.
async fn fetch(user: &TestUser, status: &str) -> Value {
    user.run(FETCH, json!({"id": status})).await["fetchStatusMedia"].take()
}

/// The newest status, once there is one.
async fn newest(user: &TestUser) -> Value {
    let is_there = |answer: &Value| answer.pointer("/viewer/statuses/nodes/0").is_some();
    let mut answer = user.until(STATUSES, json!({}), is_there).await;
    answer["viewer"]["statuses"]["nodes"][0].take()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_picture_of_a_status_is_fetched_when_it_is_asked_for_and_clients_hear_when_it_is_there() {
    let app = TestApp::start().await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000090").await;
    let bob = phone.contact("5511800000090", "Bob").await;
    phone
        .happen(json!({"kind": "status", "from": bob, "text": "beach", "media": "image"}))
        .await;
    let status = newest(&user).await;
    assert_eq!(status["media"], json!({"state": "REMOTE", "url": null}));
    let changes = "subscription { events(kinds: [STATUS_MEDIA_CHANGED], after: \"ZXZlbnQ6MA\") {
        ... on StatusEvent { status { id media { state } } }
    } }";
    let mut heard = user.subscribe(changes, json!({})).await;

    let fetching = fetch(&user, text(&status, "/id")).await;

    assert_eq!(fetching["errors"], json!([]));
    let news = heard.next_event(SOON).await["events"]["status"].take();
    assert_eq!(news, json!({"id": status["id"], "media": {"state": "STORED"}}));
    let stored = newest(&user).await;
    let photo = crate::support::http::get(text(&stored, "/media/url")).await;
    assert!(image::load_from_memory(&photo.bytes().await.unwrap()).is_ok());
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_status_without_media_and_of_somebody_elses_nothing_is_fetched() {
    let app = TestApp::start().await;
    let (alice, phone) = app.premium_with_phone("alice@example.org", "5511900000091").await;
    let bob = phone.contact("5511800000091", "Bob").await;
    phone
        .happen(json!({"kind": "status", "from": bob, "text": "words"}))
        .await;
    let status = newest(&alice).await;
    let mallory = app.register("mallory@example.org").await;

    let wordy = fetch(&alice, text(&status, "/id")).await;
    let foreign = fetch(&mallory, text(&status, "/id")).await;
    let unknown = fetch(&mallory, "U3RhdHVzOjAxSlAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw").await;

    assert_eq!(
        text(&wordy, "/errors/0/message"),
        "this status has no picture, video or sound"
    );
    assert_eq!(wordy["status"], Value::Null);
    assert_eq!(foreign["errors"][0]["path"], json!(["statusId"]));
    assert_eq!(foreign, unknown, "somebody else's looks like none");
    app.stop().await;
}
