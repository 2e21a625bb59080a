use serde_json::{Value, json};
use tokio::time::timeout;

use super::text;
use crate::support::app::{TestApp, TestPhone, TestUser};
use crate::support::database::connect;
use crate::support::http;
use crate::support::websocket::SOON;

const DELETED: &str =
    "{ viewer { deletedMessages(first: 10) { nodes { id text kind media { state url } } } } }";

/// A user whose account fetches media as `backup` says, and a contact of theirs.
async fn with_backup(app: &TestApp, backup: &str, number: u32) -> (TestUser, TestPhone, String) {
    let owner = format!("55119{number:08}");
    let (user, phone) = app.premium_with_phone("alice@example.org", &owner).await;
    let bob = phone.contact(&format!("55118{number:08}"), "Bob").await;
    let changed = user
        .run(
            "mutation ($input: UpdateDeletedMessageSettingsInput!) {
                updateDeletedMessageSettings(input: $input) { deletedMessageSettings { mediaBackup } errors { message } }
            }",
            json!({"input": {"accountId": phone.account, "settings": {"mediaBackup": backup}}}),
        )
        .await;
    assert_eq!(
        text(
            &changed,
            "/updateDeletedMessageSettings/deletedMessageSettings/mediaBackup"
        ),
        backup
    );
    (user, phone, bob)
}

/// Waits until every file that is known is stored, and there is one.
async fn everything_is_stored(app: &TestApp) {
    let database = connect(app.database.url()).await;
    let asking = async {
        loop {
            let query = "SELECT count(*) FILTER (WHERE state = 'STORED'), count(*) FROM media";
            let row = database.query_one(query, &[]).await.unwrap();
            let (stored, all): (i64, i64) = (row.get(0), row.get(1));
            if stored > 0 && stored == all {
                return;
            }
        }
    };
    timeout(SOON, asking).await.expect("the file is stored in time");
}

/// What the first news of a deletion says.
async fn first_news(user: &TestUser, phone: &TestPhone, bob: &str, message: &str) -> Value {
    let mut heard = user
        .subscribe_from_now(
            "deletedMessageChanged",
            "deletedMessage { text media { state url } }",
        )
        .await;
    phone
        .happen(json!({"kind": "delete", "from": bob, "messageId": message}))
        .await;
    heard.next_event(SOON).await["deletedMessageChanged"]["deletedMessage"].take()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eagerly_kept_media_is_there_at_the_moment_of_the_deletion() {
    let app = TestApp::start().await;
    let (user, phone, bob) = with_backup(&app, "EAGER", 60).await;
    let message = phone
        .happen(json!({"kind": "message", "from": bob, "text": "look", "media": "image"}))
        .await;
    everything_is_stored(&app).await;

    let news = first_news(&user, &phone, &bob, &message).await;

    assert_eq!(news["media"]["state"], "STORED");
    let photo = http::get(text(&news, "/media/url")).await;
    assert!(image::load_from_memory(&photo.bytes().await.unwrap()).is_ok());
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_backup_of_media_the_words_of_a_deleted_picture_are_kept_alone() {
    let app = TestApp::start().await;
    let (user, phone, bob) = with_backup(&app, "NEVER", 61).await;
    let message = phone
        .happen(json!({"kind": "message", "from": bob, "text": "look", "media": "image"}))
        .await;

    let news = first_news(&user, &phone, &bob, &message).await;

    assert_eq!(news, json!({ "text": "look", "media": null }));
    let kept = user.run(DELETED, json!({})).await;
    assert_eq!(text(&kept, "/viewer/deletedMessages/nodes/0/kind"), "IMAGE");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_status_is_kept_with_its_picture() {
    let app = TestApp::start().await;
    let (user, phone, bob) = with_backup(&app, "ON_DELETE", 62).await;
    let status = phone
        .happen(json!({"kind": "status", "from": bob, "text": "beach", "media": "image"}))
        .await;

    phone
        .happen(json!({"kind": "delete", "from": bob, "messageId": status}))
        .await;

    let stored = |answer: &Value| {
        answer.pointer("/viewer/deletedMessages/nodes/0/media/state") == Some(&json!("STORED"))
    };
    let kept = user.until(DELETED, json!({}), stored).await;
    assert_eq!(text(&kept, "/viewer/deletedMessages/nodes/0/text"), "beach");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_photo_of_a_deleted_message_that_expired_is_had_of_the_phone() {
    let app = TestApp::start().await;
    let (user, phone, bob) = with_backup(&app, "ON_DELETE", 63).await;
    let message = phone
        .happen(json!({"kind": "message", "from": bob, "text": "look", "media": "image"}))
        .await;
    phone
        .happen(json!({"kind": "expireMedia", "messageId": message}))
        .await;

    phone
        .happen(json!({"kind": "delete", "from": bob, "messageId": message}))
        .await;

    let is_over = |answer: &Value| {
        let state = answer.pointer("/viewer/deletedMessages/nodes/0/media/state");
        state.is_some_and(|state| state != "REMOTE")
    };
    let kept = user.until(DELETED, json!({}), is_over).await;
    assert_eq!(
        text(&kept, "/viewer/deletedMessages/nodes/0/media/state"),
        "STORED"
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_that_found_no_room_is_fetched_once_there_is_some() {
    let app = TestApp::start().await;
    let (user, phone, bob) = with_backup(&app, "ON_DELETE", 64).await;
    let message = phone
        .happen(json!({"kind": "message", "from": bob, "text": "look", "media": "image"}))
        .await;
    occupy(&app, i64::MAX / 2).await;
    phone
        .happen(json!({"kind": "delete", "from": bob, "messageId": message}))
        .await;
    let is = |wanted: &'static str| {
        move |answer: &Value| {
            answer.pointer("/viewer/deletedMessages/nodes/0/media/state") == Some(&json!(wanted))
        }
    };
    let full = user.until(DELETED, json!({}), is("FAILED")).await;
    occupy(&app, 0).await;

    let fetch = "mutation ($id: ID!) { fetchDeletedMessageMedia(input: {deletedMessageId: $id}) {
        deletedMessage { text } errors { message path }
    } }";
    let id = text(&full, "/viewer/deletedMessages/nodes/0/id");
    let fetching = user.run(fetch, json!({"id": id})).await;
    let unknown = user.run(fetch, json!({"id": "nothing"})).await;

    assert_eq!(
        fetching["fetchDeletedMessageMedia"],
        json!({"deletedMessage": {"text": "look"}, "errors": []})
    );
    assert_eq!(
        unknown["fetchDeletedMessageMedia"]["errors"][0]["path"],
        json!(["deletedMessageId"])
    );
    user.until(DELETED, json!({}), is("STORED")).await;
    app.stop().await;
}

/// Lets everybody's storage seem to hold so many bytes.
async fn occupy(app: &TestApp, bytes: i64) {
    let database = connect(app.database.url()).await;
    let query = "INSERT INTO storage_usage (user_id, used_bytes) SELECT id, $1 FROM users
        ON CONFLICT (user_id) DO UPDATE SET used_bytes = $1";
    database.execute(query, &[&bytes]).await.unwrap();
}
