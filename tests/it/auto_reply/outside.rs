//! The simulator writes, GraphQL and its socket tell, and the contact reads the answer.

use serde_json::{Value, json};

use crate::support::app::{TestApp, TestPhone, TestUser};
use crate::support::graphql::merged;
use crate::support::websocket::{SOON, Socket};

const REPLY: &str =
    "autoReply { state skipReason failureWhatsappCode text contact { displayName } timeline { stage } }";

async fn away(user: &TestUser, phone: &TestPhone, settings: Value) {
    let away = json!({ "mode": "OFFLINE", "offlineMessage": "Hi {name}, back soon." });
    let input = json!({ "accountId": phone.account, "settings": merged(away, &settings) });
    let mutation = "mutation($input: UpdateAutoReplySettingsInput!) {
        updateAutoReplySettings(input: $input) { errors { message } }
    }";
    let answer = user.run(mutation, json!({ "input": input })).await;
    assert_eq!(answer["updateAutoReplySettings"]["errors"], json!([]));
}

/// The next step of an answer that is in this state.
async fn comes_to(told: &mut Socket, state: &str) -> Value {
    loop {
        let event = told.next_event(SOON).await;
        let reply = event.pointer("/autoReplyChanged/autoReply").unwrap().clone();
        if reply["state"] == state {
            return reply;
        }
    }
}

fn took_all_steps(reply: &Value) -> bool {
    let steps = reply["timeline"].as_array().unwrap();
    steps.iter().any(|step| step["stage"] == "ACKED")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contact_who_writes_reads_the_answer() {
    let app = TestApp::start().await;
    let user = app.register("alice@example.org").await;
    let phone = app.link_phone(&user, "5511900000700").await;
    let bob = phone.contact("5511800000700", "Bob").await;
    away(&user, &phone, json!({})).await;
    let mut told = user.subscribe_from_now("autoReplyChanged", REPLY).await;

    phone
        .happen(json!({"kind": "message", "from": bob, "text": "are you there?"}))
        .await;

    let mut sent = told.next_event(SOON).await["autoReplyChanged"]["autoReply"].take();
    assert_eq!(sent["text"], "Hi Bob, back soon.");
    while !took_all_steps(&sent) {
        sent = told.next_event(SOON).await["autoReplyChanged"]["autoReply"].take();
    }
    let read = app.simulator().sent(&phone.number).await.unwrap();
    assert_eq!(read.len(), 1, "{read:?}");
    assert_eq!(read[0].kind, "text");
    assert_eq!(read[0].text.as_deref(), Some("Hi Bob, back soon."));
    assert_eq!(read[0].recipients, [bob]);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_written_while_the_connection_is_restored_is_answered() {
    let app = TestApp::start().await;
    let user = app.register("alice@example.org").await;
    let phone = app.link_phone(&user, "5511900000706").await;
    let bob = phone.contact("5511800000706", "Bob").await;
    away(&user, &phone, json!({})).await;
    let states = "subscription ($id: ID!) { linkProgress(accountId: $id) { state } }";
    let mut progress = user.subscribe(states, json!({"id": phone.account})).await;
    let mut told = user.subscribe_from_now("autoReplyChanged", REPLY).await;
    phone.fail(json!({"kind": "cut"})).await;
    while progress.next_event(SOON).await["linkProgress"]["state"] != "RECONNECTING" {}

    phone
        .happen(json!({"kind": "message", "from": bob, "text": "are you there?"}))
        .await;

    comes_to(&mut told, "SENT").await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_timelock_pauses_the_answers_and_shows_on_the_account() {
    let app = TestApp::start().await;
    let user = app.register("alice@example.org").await;
    let phone = app.link_phone(&user, "5511900000701").await;
    let bob = phone.contact("5511800000701", "Bob").await;
    let eve = phone.contact("5511800000702", "Eve").await;
    away(&user, &phone, json!({})).await;
    let fault = serde_json::from_value(json!({"kind": "nackNext", "code": 463})).unwrap();
    app.simulator().fail(&phone.number, fault).await.unwrap();
    let mut told = user.subscribe_from_now("autoReplyChanged", REPLY).await;

    phone
        .happen(json!({"kind": "message", "from": bob, "text": "hello?"}))
        .await;
    let rejected = comes_to(&mut told, "REJECTED").await;
    assert_eq!(rejected["failureWhatsappCode"], 463);
    phone
        .happen(json!({"kind": "message", "from": eve, "text": "hello?"}))
        .await;
    let skipped = comes_to(&mut told, "SKIPPED").await;

    assert_eq!(skipped["skipReason"], "RISK_BUDGET");
    let query = "query($id: ID!) { node(id: $id) { ... on Account { health { sendsPausedUntil sendsPausedReason } } } }";
    let health = user.run(query, json!({ "id": phone.account })).await;
    assert!(
        health
            .pointer("/node/health/sendsPausedUntil")
            .is_some_and(Value::is_string),
        "{health}"
    );
    assert_eq!(health["node"]["health"]["sendsPausedReason"], "STRANGERS_REFUSED");
    assert!(app.simulator().sent(&phone.number).await.unwrap().is_empty());
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_wait_for_the_end_of_a_short_timelock() {
    let app = TestApp::start().await;
    let user = app.register("alice@example.org").await;
    let phone = app.link_phone(&user, "5511900000707").await;
    let mut contacts = Vec::new();
    for number in ["5511800000707", "5511800000708", "5511800000709"] {
        contacts.push(phone.contact(number, number).await);
    }
    away(&user, &phone, json!({})).await;
    phone.fail(json!({"kind": "timelock", "seconds": 5})).await;
    let mut told = user.subscribe_from_now("autoReplyChanged", REPLY).await;

    for contact in &contacts {
        phone
            .happen(json!({"kind": "message", "from": contact, "text": "hello?"}))
            .await;
    }
    let mut settled = Vec::new();
    while settled.len() < contacts.len() {
        let reply = told.next_event(SOON).await["autoReplyChanged"]["autoReply"].take();
        if reply["state"] == "REJECTED" || reply["state"] == "SKIPPED" || took_all_steps(&reply) {
            settled.push(reply);
        }
        settled.dedup_by(|later, earlier| later["contact"] == earlier["contact"]);
    }

    let outcomes: Vec<&Value> = settled.iter().map(|reply| &reply["state"]).collect();
    assert_eq!(outcomes[0], "REJECTED");
    assert!(!outcomes.contains(&&json!("SKIPPED")), "{settled:?}");
    assert_eq!(app.simulator().sent(&phone.number).await.unwrap().len(), 2);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_that_only_a_machine_would_say_are_not_answered() {
    let app = TestApp::start().await;
    let user = app.register("alice@example.org").await;
    let phone = app.link_phone(&user, "5511900000703").await;
    let bob = phone.contact("5511800000703", "Bob").await;
    away(&user, &phone, json!({ "cooldownMinutes": 1 })).await;
    let mut told = user.subscribe_from_now("autoReplyChanged", REPLY).await;

    phone
        .happen(json!({"kind": "message", "from": bob, "text": "Hi Bob, back soon."}))
        .await;
    let skipped = comes_to(&mut told, "SKIPPED").await;

    assert_eq!(skipped["skipReason"], "LOOP");
    assert!(app.simulator().sent(&phone.number).await.unwrap().is_empty());
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_is_delivered_twice_is_answered_once() {
    let app = TestApp::start().await;
    let user = app.register("alice@example.org").await;
    let phone = app.link_phone(&user, "5511900000704").await;
    let bob = phone.contact("5511800000704", "Bob").await;
    let eve = phone.contact("5511800000705", "Eve").await;
    away(&user, &phone, json!({})).await;
    let fault = serde_json::from_value(json!({"kind": "duplicateNext"})).unwrap();
    app.simulator().fail(&phone.number, fault).await.unwrap();
    let mut told = user.subscribe_from_now("autoReplyChanged", REPLY).await;

    phone
        .happen(json!({"kind": "message", "from": bob, "text": "hello?"}))
        .await;
    // Both deliveries are taken in.
    app.simulator()
        .wait_until_acknowledged(&phone.number)
        .await
        .unwrap();
    phone
        .happen(json!({"kind": "message", "from": eve, "text": "hello?"}))
        .await;
    // Eve's answer is queued behind whatever Bob is answered.
    loop {
        // The receipt of Eve's phone may come before WhatsApp's ack or after it.
        let mut event = told.next_event(SOON).await;
        let sent = event["autoReplyChanged"]["autoReply"].take();
        if sent["contact"]["displayName"] == "Eve" && took_all_steps(&sent) {
            break;
        }
    }

    let sent = app.simulator().sent(&phone.number).await.unwrap();
    let read: Vec<_> = sent.iter().map(|sent| sent.recipients.clone()).collect();
    assert_eq!(read, [[bob], [eve]]);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_in_a_disappearing_chat_disappears() {
    let app = TestApp::start().await;
    let user = app.register("alice@example.org").await;
    let phone = app.link_phone(&user, "5511900000710").await;
    let bob = phone.contact("5511800000710", "Bob").await;
    let carol = phone.contact("5511800000711", "Carol").await;
    away(&user, &phone, json!({})).await;
    let mut told = user.subscribe_from_now("autoReplyChanged", REPLY).await;

    phone
        .happen(json!({"kind": "setTimer", "from": bob, "seconds": 604_800}))
        .await;
    phone
        .happen(json!({"kind": "message", "from": bob, "text": "are you there?"}))
        .await;
    comes_to(&mut told, "SENT").await;
    phone
        .happen(json!({"kind": "messageWith", "from": carol, "text": "and you?", "timerSeconds": 86_400}))
        .await;
    while comes_to(&mut told, "SENT").await["contact"]["displayName"] != "Carol" {}

    let sent = app.simulator().sent(&phone.number).await.unwrap();
    let of = |number: &String| {
        let answer = sent
            .iter()
            .find(|sent| sent.kind == "text" && sent.recipients.contains(number));
        answer.expect("both were answered").timer_seconds
    };
    assert_eq!((of(&bob), of(&carol)), (Some(604_800), Some(86_400)));
    app.stop().await;
}
