use amda::account::AccountRef;
use amda::event::Chat;
use amda::features::deleted_messages::DeletedMessageId;
use serde_json::{Value, json};

use super::{deleted, texts};
use crate::support::whatsapp::{alice, bob, group, picture, revoke, says, words};
use crate::support::world::World;

/// Four deletions, a minute apart.
async fn lively() -> (World, AccountRef) {
    let (world, account) = World::with_user("FREE").await;
    let direct = || Chat::Direct(bob());
    world
        .receive(
            account,
            &[
                says(group(), alice(), "M1", 0, words("one")),
                says(group(), bob(), "M2", 0, picture("two")),
                says(direct(), bob(), "M3", 0, words("three")),
                says(Chat::Status, alice(), "M4", 0, words("four")),
                says(group(), alice(), "R1", 1, revoke("M1")),
                says(group(), bob(), "R2", 2, revoke("M2")),
                says(direct(), bob(), "R3", 3, revoke("M3")),
                says(Chat::Status, alice(), "R4", 4, revoke("M4")),
            ],
        )
        .await;
    (world, account)
}

#[tokio::test]
async fn deleted_messages_are_paged_by_the_time_of_their_deletion() {
    let (world, account) = lively().await;
    let query = "query($after: Cursor) { viewer { deletedMessages(first: 3, after: $after) {
        edges { node { text } } pageInfo { hasNextPage endCursor }
    } } }";
    let page = async |after: Value| {
        world.ask(account, query, json!({ "after": after })).await["viewer"]["deletedMessages"].take()
    };

    let first = page(Value::Null).await;
    let second = page(first["pageInfo"]["endCursor"].clone()).await;

    let texts = |page: &Value| -> Vec<Value> {
        page["edges"]
            .as_array()
            .unwrap()
            .iter()
            .map(|edge| edge["node"]["text"].clone())
            .collect()
    };
    assert_eq!(texts(&first), [json!("four"), json!("three"), json!("two")]);
    assert_eq!(texts(&second), [json!("one")]);
    assert_eq!(
        (
            &first["pageInfo"]["hasNextPage"],
            &second["pageInfo"]["hasNextPage"]
        ),
        (&json!(true), &json!(false))
    );
}

#[tokio::test]
async fn deleted_messages_are_filtered() {
    let (world, account) = lively().await;
    let all = deleted(&world, account, json!({})).await;
    let (alice, group) = (&all[3]["sender"]["id"], &all[3]["chat"]["id"]);
    let filtered = async |filter: Value| {
        let found = deleted(&world, account, filter).await;
        texts(&found).join(" ")
    };

    assert_eq!(filtered(json!({ "senderIds": [alice] })).await, "four one");
    assert_eq!(filtered(json!({ "chatIds": [group] })).await, "two one");
    assert_eq!(filtered(json!({ "kinds": ["IMAGE", "VIDEO"] })).await, "two");
    assert_eq!(filtered(json!({ "outcomes": ["FORGED"] })).await, "");
    assert_eq!(
        filtered(json!({ "from": "2026-11-23T11:02:00Z", "to": "2026-11-23T11:04:00Z" })).await,
        "three two"
    );
    assert_eq!(
        filtered(json!({ "accountIds": [account.id.to_global()] })).await,
        "four three two one"
    );
    assert_eq!(
        filtered(json!({ "senderIds": [alice], "chatIds": [group], "search": "one" })).await,
        "one"
    );
}

#[tokio::test]
async fn an_empty_list_in_a_filter_matches_nothing_and_null_everything() {
    let (world, account) = lively().await;

    for field in ["accountIds", "chatIds", "senderIds", "kinds", "outcomes"] {
        let (none, all) = (json!({ field: [] }), json!({ field: null }));

        assert!(deleted(&world, account, none).await.is_empty(), "{field}");
        assert_eq!(deleted(&world, account, all).await.len(), 4, "{field}");
    }
}

#[tokio::test]
async fn deleted_messages_are_paged_from_the_end_and_counted() {
    let (world, account) = lively().await;
    let query = "query($filter: DeletedMessageFilter, $before: Cursor) { viewer {
        deletedMessages(last: 3, before: $before, filter: $filter) {
            totalCount nodes { text } pageInfo { hasPreviousPage startCursor }
        }
    } }";
    let page = async |variables: Value| {
        world.ask(account, query, variables).await["viewer"]["deletedMessages"].take()
    };

    let end = page(json!({})).await;
    let beginning = page(json!({ "before": end["pageInfo"]["startCursor"] })).await;
    let images = page(json!({ "filter": { "kinds": ["IMAGE"] } })).await;

    assert_eq!(
        end["nodes"],
        json!([{ "text": "three" }, { "text": "two" }, { "text": "one" }])
    );
    assert_eq!(end["pageInfo"]["hasPreviousPage"], true);
    assert_eq!(beginning["nodes"], json!([{ "text": "four" }]));
    assert_eq!(beginning["pageInfo"]["hasPreviousPage"], false);
    assert_eq!(
        (&end["totalCount"], &images["totalCount"]),
        (&json!(4), &json!(1))
    );
}

#[tokio::test]
async fn a_search_is_paged_forwards_only() {
    let (world, account) = lively().await;
    let query = "query($search: String) { viewer {
        deletedMessages(last: 2, filter: { search: $search }) { nodes { text } }
    } }";

    let refused = world.respond(account, query, json!({ "search": "one" })).await;
    let blank = world.respond(account, query, json!({ "search": " " })).await;

    assert_eq!(
        refused.errors[0].message,
        "last: a search is paged forwards only: pass first and after with a search, not last and before"
    );
    assert!(blank.errors.is_empty(), "{:?}", blank.errors);
}

#[tokio::test]
async fn nobody_sees_somebody_elses_messages_by_any_id() {
    let (world, theirs) = lively().await;
    let mine = world.user("FREE").await;
    let message = &deleted(&world, theirs, json!({})).await[0];
    let unknown: DeletedMessageId = world.core.ids.next();
    let node = "query($id: ID!) { node(id: $id) { id ... on DeletedMessage { text } } }";

    for filter in [
        json!({}),
        json!({ "accountIds": [theirs.id.to_global()] }),
        json!({ "senderIds": [message["sender"]["id"]] }),
        json!({ "chatIds": [message["chat"]["id"]] }),
        json!({ "search": "four" }),
    ] {
        assert!(deleted(&world, mine, filter).await.is_empty());
    }
    let seen = world.ask(mine, node, json!({ "id": message["id"] })).await;
    assert_eq!(
        seen,
        world.ask(mine, node, json!({ "id": unknown.to_global() })).await
    );
    assert_eq!(
        world.ask(theirs, node, json!({ "id": message["id"] })).await["node"]["text"],
        "four"
    );
}

#[tokio::test]
async fn an_answer_of_more_than_8_mib_is_refused_and_says_what_to_do() {
    let (world, account) = World::with_user("FREE").await;
    let long = "é".repeat(65_536);
    let chat = || Chat::Direct(bob());
    for number in 0..40 {
        let (message, revocation) = (format!("M{number}"), format!("R{number}"));
        let sent = says(chat(), bob(), &message, number, words(&long));
        let deleted = says(chat(), bob(), &revocation, number + 1, revoke(&message));
        world.receive(account, &[sent, deleted]).await;
    }
    let page = |selected: &str| {
        format!("{{ viewer {{ deletedMessages(first: 40) {{ nodes {{ {selected} }} }} }} }}")
    };

    let whole = world.ask(account, &page("text"), json!({})).await;
    let twice = world.respond(account, &page("a: text b: text"), json!({})).await;

    let nodes = whole["viewer"]["deletedMessages"]["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 40);
    assert!(nodes.iter().all(|node| node["text"] == long.as_str()));
    assert_eq!(twice.errors.len(), 1);
    let message = &twice.errors[0].message;
    assert!(message.contains("ask for fewer items with `first`"), "{message}");
}
