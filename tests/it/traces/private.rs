//! Everything that is logged and exported in a run of every kind of traffic.

use std::collections::BTreeSet;

use memchr::memmem;
use serde_json::{Value, json};

use crate::support::app::{PASSWORD, TestApp, TestUser};
use crate::support::graphql::Reply;
use crate::support::observer::Observer;
use crate::support::websocket::SOON;

/// Names, texts and addresses of the scenario, each of which is in no other place.
const WORDS: [&str; 11] = [
    "Ruprechtina",
    "Ypsilantis",
    "Kaninchenfreunde",
    "Labelwort-Mango",
    "streng-vertraulich",
    "woertlich-vorher",
    "woertlich-nachher",
    "unterschrift-verdeckt",
    "statuswort-verdeckt",
    "private-mailbox",
    "antwort-verdeckt",
];
/// The owner's number and the contact's.
const NUMBERS: [&str; 2] = ["5511900000790", "5511800000791"];

const KEPT: &str = "query Kept { viewer {
    viewOnceMessages(first: 10) { nodes { outcome } }
    deletedMessages(first: 10) { nodes { text sender { displayName } chat { name } } }
    editedMessages(first: 10) { nodes { text } }
} }";

fn is_kept(answer: &Value) -> bool {
    answer.pointer("/viewer/viewOnceMessages/nodes/0/outcome") == Some(&json!("CAPTURED"))
        && answer.pointer("/viewer/deletedMessages/nodes/0/text").is_some()
        && answer.pointer("/viewer/editedMessages/nodes/0/text").is_some()
}

/// Lets everything happen that a phone can receive, and waits until it is kept.
async fn receive_everything(app: &TestApp) -> TestUser {
    let (user, phone) = app
        .premium_with_phone("private-mailbox@example.org", NUMBERS[0])
        .await;
    let contact = phone.contact(NUMBERS[1], "Ruprechtina Ypsilantis").await;
    let mut socket = user.subscribe_from_now("events", "kind").await;
    let group = app
        .simulator()
        .create_group_with_admins(&phone.number, "Kaninchenfreunde", &[&contact], &[&contact])
        .await
        .unwrap();
    let secret = json!({"kind": "message", "from": contact, "chat": group, "text": "streng-vertraulich"});
    let secret = phone.happen(secret).await;
    let edited = json!({"kind": "message", "from": contact, "text": "woertlich-vorher"});
    let edited = phone.happen(edited).await;
    for event in [
        json!({"kind": "delete", "from": contact, "messageId": secret}),
        json!({"kind": "edit", "from": contact, "messageId": edited, "text": "woertlich-nachher"}),
        json!({"kind": "status", "from": contact, "text": "statuswort-verdeckt"}),
        json!({"kind": "viewOnce", "from": contact, "media": "image", "text": "unterschrift-verdeckt"}),
    ] {
        phone.happen(event).await;
    }
    user.until(KEPT, json!({}), is_kept).await;
    while socket.next_event(SOON).await["events"]["kind"] != "STATUS_LIKED" {}
    user
}

/// Sends what clients send by mistake or on purpose: secrets where none belong.
async fn ask_badly(user: &TestUser) {
    let link = "mutation { linkAccount(input: {label: \"Labelwort-Mango\", method: {qr: true}}) { errors { message } } }";
    user.run(link, json!({})).await;
    let log_in = "mutation ($input: LogInInput!) { logIn(input: $input) { errors { code } } }";
    let input = json!({"input": {"email": "private-mailbox@example.org", "password": PASSWORD}});
    user.client.run(log_in, input.clone()).await;
    let wrong = json!({"input": {"email": "private-mailbox@example.org", "password": "antwort-verdeckt"}});
    user.client.run(log_in, wrong).await;
    let named = format!("query Of_{} {{ viewer {{ id }} }}", NUMBERS[1]);
    user.client.run(&named, json!({})).await;
    user.client
        .run("query Home { Ruprechtina: viewer { Ypsilantis } }", json!({}))
        .await;
    let by_path = format!("/media/{}?key={}", NUMBERS[1], user.token);
    Reply::read(user.client.request(reqwest::Method::GET, &by_path)).await;
    let mut socket = user.socket().await;
    let search = "query ($search: String!) { viewer { accounts(first: 1) { nodes { contacts(first: 5, search: $search) { nodes { name } } } } } }";
    socket.subscribe(search, json!({"search": "Ypsilantis"})).await;
    socket.next_message(SOON).await;
}

#[tokio::test]
async fn nothing_private_is_exported_or_logged_in_a_run_of_every_kind_of_traffic() {
    let mut observer = Observer::start("amda=trace", |_| {}).await;
    let (_observed, exporter) = observer.observe();
    let app = TestApp::start_with(|config| {
        // Everything is slow.
        config.log.slow_operation = Some(std::time::Duration::from_nanos(1));
        config.log.slow_query = Some(std::time::Duration::from_micros(1));
    })
    .await;

    let user = receive_everything(&app).await;
    ask_badly(&user).await;
    app.stop().await;
    exporter.shut_down().await;

    let spans = observer.spans();
    let names: BTreeSet<&str> = spans.iter().map(|span| span.name.as_str()).collect();
    for name in [
        "ingest",
        "batch",
        "commit",
        "publish",
        "socket_write",
        "MUTATION logIn",
        "deleted_messages",
    ] {
        assert!(names.contains(name), "no {name} among {names:?}");
    }
    let log = observer.log.text();
    let secrets = WORDS
        .into_iter()
        .chain(NUMBERS)
        .chain([PASSWORD, user.token.as_str()]);
    for secret in secrets {
        assert!(!log.contains(secret), "{secret} is logged");
        for body in &observer.bodies {
            assert!(
                memmem::find(body, secret.as_bytes()).is_none(),
                "{secret} is exported"
            );
        }
    }
}
