use amda::account::AccountRef;
use amda::event::Chat;
use amda::features::edited_messages::{EditedMessageId, EditedMessages};
use diesel_async::SimpleAsyncConnection;
use serde_json::{Value, json};

use super::{edited, edits};
use crate::support::schedules::run_round;
use crate::support::whatsapp::{alice, bob, group, picture, says, words};
use crate::support::world::World;

/// Three edited messages; the edits are a minute apart.
async fn lively() -> (World, AccountRef) {
    let (world, account) = World::with_user("FREE").await;
    let direct = || Chat::Direct(bob());
    world
        .receive(
            account,
            &[
                says(group(), alice(), "M1", 0, words("uno")),
                says(group(), bob(), "M2", 0, picture("dos")),
                says(direct(), bob(), "M3", 0, words("Überraschung")),
                edits(group(), alice(), "E1", 1, "M1", "one"),
                edits(group(), bob(), "E2", 2, "M2", "two"),
                edits(direct(), bob(), "E3", 3, "M3", "three"),
            ],
        )
        .await;
    (world, account)
}

fn texts(messages: &[Value]) -> String {
    let texts: Vec<_> = messages
        .iter()
        .map(|message| message["text"].as_str().unwrap())
        .collect();
    texts.join(" ")
}

#[tokio::test]
async fn edited_messages_are_paged_by_the_time_of_their_last_edit() {
    let (world, account) = lively().await;
    let query = "query($after: Cursor) { viewer { editedMessages(first: 2, after: $after) {
        nodes { text } pageInfo { hasNextPage endCursor }
    } } }";
    let page = async |after: Value| {
        world.ask(account, query, json!({ "after": after })).await["viewer"]["editedMessages"].take()
    };

    let first = page(Value::Null).await;
    let second = page(first["pageInfo"]["endCursor"].clone()).await;

    assert_eq!(first["nodes"], json!([{ "text": "three" }, { "text": "two" }]));
    assert_eq!(first["pageInfo"]["hasNextPage"], true);
    assert_eq!(second["nodes"], json!([{ "text": "one" }]));
    assert_eq!(second["pageInfo"]["hasNextPage"], false);
}

#[tokio::test]
async fn edited_messages_are_paged_from_the_end_and_counted_unless_searched() {
    let (world, account) = lively().await;
    let query = "{ viewer {
        end: editedMessages(last: 2) { totalCount nodes { text } }
        found: editedMessages(filter: { search: \"one\" }) { totalCount nodes { text } }
    } }";

    let pages = world.ask(account, query, json!({})).await;

    let (end, found) = (&pages["viewer"]["end"], &pages["viewer"]["found"]);
    assert_eq!(end["nodes"], json!([{ "text": "two" }, { "text": "one" }]));
    assert_eq!(
        (&end["totalCount"], &found["totalCount"]),
        (&json!(3), &Value::Null)
    );
}

#[tokio::test]
async fn edited_messages_are_filtered_and_searched_in_every_wording() {
    let (world, account) = lively().await;
    let all = edited(&world, account, json!({})).await;
    let (alice, group) = (&all[2]["sender"]["id"], &all[2]["chat"]["id"]);
    let filtered = async |filter: Value| texts(&edited(&world, account, filter).await);

    assert_eq!(filtered(json!({ "senderIds": [alice] })).await, "one");
    assert_eq!(filtered(json!({ "chatIds": [group] })).await, "two one");
    assert_eq!(filtered(json!({ "kinds": ["IMAGE"] })).await, "two");
    assert_eq!(filtered(json!({ "kinds": null })).await, "three two one");
    assert_eq!(filtered(json!({ "kinds": [] })).await, "");
    assert_eq!(filtered(json!({ "senderIds": [] })).await, "");
    assert_eq!(
        filtered(json!({ "from": "2026-11-23T11:02:00Z", "to": "2026-11-23T11:03:00Z" })).await,
        "two"
    );
    assert_eq!(
        filtered(json!({ "accountIds": [account.id.to_global()] })).await,
        "three two one"
    );
    assert_eq!(filtered(json!({ "search": "UBERRASCHUNG" })).await, "three");
    assert_eq!(filtered(json!({ "search": "three über" })).await, "three");
    assert_eq!(filtered(json!({ "search": "hree rasch" })).await, "three");
    assert_eq!(filtered(json!({ "search": "dos one" })).await, "");
    assert_eq!(filtered(json!({ "search": "?!" })).await, "");
}

#[tokio::test]
async fn edited_messages_are_found_in_every_script_and_beginnings_come_first() {
    let (world, account) = World::with_user("FREE").await;
    world
        .receive(
            account,
            &[
                says(group(), alice(), "M1", 0, words("station")),
                says(group(), alice(), "M2", 0, words("我们去吃火锅吧")),
                says(group(), alice(), "M3", 0, words("workstation")),
                edits(group(), alice(), "E1", 1, "M1", "one"),
                edits(group(), alice(), "E2", 2, "M2", "two 🎉"),
                edits(group(), alice(), "E3", 3, "M3", "three"),
            ],
        )
        .await;
    let found = async |search: &str| texts(&edited(&world, account, json!({ "search": search })).await);

    assert_eq!(found("火锅").await, "two 🎉");
    assert_eq!(found("🎉").await, "two 🎉");
    assert_eq!(found("station").await, "one three");
}

#[tokio::test]
async fn edited_messages_of_the_previous_index_are_indexed_again() {
    let (world, account) = lively().await;
    let mut all = world.everything().await;
    all.batch_execute("UPDATE edited_messages SET terms = '{1}', terms_version = 1")
        .await
        .unwrap();
    let found = async || texts(&edited(&world, account, json!({ "search": "überraschung" })).await);
    assert_eq!(found().await, "");

    run_round(&world, &EditedMessages).await;

    assert_eq!(found().await, "three");
}

#[tokio::test]
async fn a_bad_filter_is_named() {
    let (world, account) = lively().await;
    let query =
        "query($filter: EditedMessageFilter) { viewer { editedMessages(filter: $filter) { nodes { id } } } }";
    let refusal = async |filter: Value| {
        let response = world.respond(account, query, json!({ "filter": filter })).await;
        response.errors[0].message.clone()
    };

    assert_eq!(
        refusal(json!({ "search": "x".repeat(201) })).await,
        "filter.search: the text is 201 characters long; pass at most 200"
    );
    assert_eq!(
        refusal(json!({ "senderIds": [account.id.to_global()] })).await,
        "filter.senderIds.0: this id is of the type Account; pass one of the type Contact"
    );
}

#[tokio::test]
async fn nobody_sees_somebody_elses_messages_by_any_id() {
    let (world, theirs) = lively().await;
    let mine = world.user("FREE").await;
    let message = &edited(&world, theirs, json!({})).await[0];
    let unknown: EditedMessageId = world.core.ids.next();
    let node = "query($id: ID!) { node(id: $id) { id ... on EditedMessage { text } } }";

    for filter in [
        json!({}),
        json!({ "accountIds": [theirs.id.to_global()] }),
        json!({ "senderIds": [message["sender"]["id"]] }),
        json!({ "chatIds": [message["chat"]["id"]] }),
        json!({ "search": "three" }),
    ] {
        assert!(edited(&world, mine, filter).await.is_empty());
    }
    let seen = world.ask(mine, node, json!({ "id": message["id"] })).await;
    assert_eq!(
        seen,
        world.ask(mine, node, json!({ "id": unknown.to_global() })).await
    );
    assert_eq!(
        world.ask(theirs, node, json!({ "id": message["id"] })).await["node"]["text"],
        "three"
    );
}
