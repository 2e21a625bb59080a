use serde_json::{Value, json};

use super::text;
use crate::support::app::TestApp;

const STATUSES: &str = "{ viewer { statuses(first: 5) { nodes { kind text caption } } } }";
const DELETED: &str = "query($search: String) { viewer { deletedMessages(first: 5, filter: {search: $search}) { nodes { kind text } } } }";
const EDITED: &str = "{ viewer { editedMessages(first: 5) { nodes { versions { text } } } } }";

/// Turns what follows, and never ends.
const TURNING: &str = "photo\u{202E}gpj.exe\n\u{2067}second line";

fn lists(list: &'static str, count: usize) -> impl Fn(&Value) -> bool {
    move |answer| answer["viewer"][list]["nodes"].as_array().map(Vec::len) == Some(count)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_text_of_a_status_turns_nothing_and_keeps_its_lines() {
    let app = TestApp::start().await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000098").await;
    let bob = phone.contact("5511800000098", "Bob").await;

    for said in [
        json!({"text": TURNING}),
        json!({"text": "\u{2067}שלום\u{2069} ok"}),
        json!({"text": "\u{3164}\u{200B}"}),
        json!({"media": "image", "text": "\u{202E}"}),
    ] {
        let mut status = json!({"kind": "status", "from": bob});
        status
            .as_object_mut()
            .unwrap()
            .extend(said.as_object().unwrap().clone());
        phone.happen(status).await;
    }

    let shown = user.until(STATUSES, json!({}), lists("statuses", 4)).await;
    let mut statuses = shown["viewer"]["statuses"]["nodes"].as_array().unwrap().clone();
    statuses.sort_by_key(Value::to_string);
    assert_eq!(
        Value::from(statuses),
        json!([
            {"caption": null, "kind": "IMAGE", "text": null},
            {"caption": null, "kind": "TEXT", "text": "photogpj.exe\nsecond line"},
            {"caption": null, "kind": "TEXT", "text": "\u{2067}שלום\u{2069} ok"},
            {"caption": null, "kind": "TEXT", "text": null},
        ])
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kept_messages_turn_nothing_and_are_found_by_the_words_that_are_seen() {
    let app = TestApp::start().await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000099").await;
    let bob = phone.contact("5511800000099", "Bob").await;
    let write = async |text: &str| {
        phone
            .happen(json!({"kind": "message", "from": bob, "text": text}))
            .await
    };
    let (first, second) = (write("to\u{1}day").await, write("\u{200B}").await);
    phone
        .happen(json!({"kind": "edit", "from": bob, "messageId": first, "text": TURNING}))
        .await;
    let edited = user.until(EDITED, json!({}), lists("editedMessages", 1)).await;

    for message in [&first, &second] {
        phone
            .happen(json!({"kind": "delete", "from": bob, "messageId": message}))
            .await;
    }

    user.until(DELETED, json!({}), lists("deletedMessages", 2)).await;
    assert_eq!(
        edited["viewer"]["editedMessages"]["nodes"][0]["versions"],
        json!([{"text": "today"}, {"text": "photogpj.exe\nsecond line"}])
    );
    let found = user.run(DELETED, json!({"search": "photogpj second"})).await;
    assert_eq!(
        text(&found, "/viewer/deletedMessages/nodes/0/text"),
        "photogpj.exe\nsecond line"
    );
    let first_version = user.run(DELETED, json!({"search": "today"})).await;
    assert!(lists("deletedMessages", 1)(&first_version));
    let all = user.run(DELETED, json!({})).await;
    assert!(
        all.to_string().contains(r#"{"kind":"TEXT","text":null}"#),
        "{all}"
    );
    app.stop().await;
}
