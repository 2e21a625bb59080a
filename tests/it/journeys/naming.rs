use serde_json::{Value, json};

use super::text;
use crate::support::app::TestApp;

/// The names in the address book.
const CONTACTS: &str =
    "{ viewer { accounts(first: 1) { nodes { contacts(first: 9) { nodes { name } } } } } }";
const STATUSES: &str = "{ viewer { statuses(first: 5) { nodes { text author { displayName } } } } }";

fn is_listed(answer: &Value) -> bool {
    answer.pointer("/viewer/statuses/nodes/0").is_some()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_a_stranger_made_up_is_one_visible_line() {
    let app = TestApp::start().await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000090").await;
    let bob = phone.contact("5511800000090", "\u{202E}Bob\nAdmin\u{3164}").await;

    phone
        .happen(json!({"kind": "status", "from": bob, "text": "hi"}))
        .await;

    let shown = user.until(STATUSES, json!({}), is_listed).await;
    assert_eq!(
        text(&shown, "/viewer/statuses/nodes/0/author/displayName"),
        "Bob Admin"
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contact_without_a_visible_name_is_shown_by_number() {
    let app = TestApp::start().await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000091").await;
    let bob = phone.contact("5511800000091", "\u{3164}\u{200B}").await;

    phone
        .happen(json!({"kind": "status", "from": bob, "text": "hi"}))
        .await;

    let shown = user.until(STATUSES, json!({}), is_listed).await;
    assert_eq!(
        text(&shown, "/viewer/statuses/nodes/0/author/displayName"),
        "+5511800000091"
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mention_is_the_contact_s_name() {
    const DELETED: &str = "{ viewer { deletedMessages(first: 5) { nodes { text } } } }";
    let app = TestApp::start().await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000092").await;
    let bob = phone.contact("5511800000092", "Bob").await;
    let carol = phone.contact("5511800000093", "Carol").await;
    let is_known = |answer: &Value| answer.to_string().contains("Carol");
    user.until(CONTACTS, json!({}), is_known).await;
    let message = phone
        .happen(json!({
            "kind": "messageWith", "from": bob, "text": "ask @5511800000093", "mentions": [carol],
        }))
        .await;

    phone
        .happen(json!({"kind": "delete", "from": bob, "messageId": message}))
        .await;

    let is_listed = |answer: &Value| answer.pointer("/viewer/deletedMessages/nodes/0").is_some();
    let shown = user.until(DELETED, json!({}), is_listed).await;
    assert_eq!(text(&shown, "/viewer/deletedMessages/nodes/0/text"), "ask @Carol");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_business_without_another_name_is_shown_by_its_verified_one() {
    const AUTHORS: &str = "{ viewer { statuses(first: 5) { nodes { author {
        displayName name pushName verifiedName
    } } } } }";
    let app = TestApp::start().await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000094").await;
    let bakery = phone.contact("5511800000094", "").await;
    let garage = phone.contact("5511800000095", "My garage").await;
    for (from, name) in [(&bakery, "Padaria\nSol Ltda"), (&garage, "Oficina Ltda")] {
        phone
            .happen(json!({"kind": "businessName", "from": from, "name": name}))
            .await;
        phone
            .happen(json!({"kind": "status", "from": from, "text": "open"}))
            .await;
    }

    let are_listed = |answer: &Value| answer.pointer("/viewer/statuses/nodes/1").is_some();
    let shown = user.until(AUTHORS, json!({}), are_listed).await;

    let author = |at: usize| shown["viewer"]["statuses"]["nodes"][at]["author"].clone();
    let mut authors = [author(0), author(1)];
    authors.sort_by_key(|author| author["displayName"].to_string());
    let [garage, bakery] = authors;
    assert_eq!(
        bakery,
        json!({
            "displayName": "Padaria Sol Ltda", "name": null, "pushName": null, "verifiedName": "Padaria Sol Ltda",
        })
    );
    assert_eq!(
        (&garage["displayName"], &garage["verifiedName"]),
        (&json!("My garage"), &json!("Oficina Ltda"))
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contact_who_changes_their_number_stays_the_same_contact() {
    const AUTHORS: &str = "{ viewer { statuses(first: 5) { nodes { author { id name phoneNumber } } } } }";
    let app = TestApp::start().await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000096").await;
    let bob = phone.contact("5511800000096", "Bob").await;
    let post = async |from: &str| {
        phone
            .happen(json!({"kind": "status", "from": from, "text": "hi"}))
            .await
    };
    post(&bob).await;
    let is_known = |answer: &Value| answer.to_string().contains("Bob");
    user.until(CONTACTS, json!({}), is_known).await;
    user.until(STATUSES, json!({}), is_listed).await;

    phone
        .happen(json!({"kind": "changeNumber", "from": bob, "number": "5511800000097"}))
        .await;
    post("5511800000097").await;

    // The library may hand over the status first; then two contacts become one when it tells of the number.
    let are_of_one = |answer: &Value| {
        let nodes = &answer["viewer"]["statuses"]["nodes"];
        nodes[1].is_object() && nodes[0] == nodes[1]
    };
    let shown = user.until(AUTHORS, json!({}), are_of_one).await;
    let authors = &shown["viewer"]["statuses"]["nodes"];
    assert_eq!(
        (
            &authors[0]["author"]["name"],
            &authors[0]["author"]["phoneNumber"]
        ),
        (&json!("Bob"), &json!("+5511800000097"))
    );
    app.stop().await;
}
