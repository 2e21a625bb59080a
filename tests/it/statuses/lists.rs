use amda::account::AccountRef;
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{says, turn_on};
use crate::support::core::noon;
use crate::support::graphql::nodes;
use crate::support::whatsapp::{alice, bob, owner, picture, revoke, words};
use crate::support::world::World;

/// Five statuses, a minute apart: Alice's text, Bob's picture, Alice's deleted one, the owner's, and Alice's again.
async fn lively() -> (World, AccountRef) {
    let (world, account) = World::with_user("FREE").await;
    turn_on(&world, account, json!({})).await;
    let at = |minute| noon() + TimeDelta::minutes(minute);
    world
        .receive(
            account,
            &[
                says(alice(), "S1", at(1), words("one")),
                says(bob(), "S2", at(2), picture("two")),
                says(alice(), "S3", at(3), words("three")),
                says(owner(), "S4", at(4), words("four")),
                says(alice(), "S5", at(5), words("five")),
                says(alice(), "R3", at(6), revoke("S3")),
            ],
        )
        .await;
    (world, account)
}

async fn page(world: &World, account: AccountRef, variables: Value) -> Value {
    let query = "query($first: Int, $after: Cursor, $filter: StatusFilter) {
        viewer { statuses(first: $first, after: $after, filter: $filter) {
            edges { cursor node { id text caption author { id } } } pageInfo { hasNextPage endCursor }
        } }
    }";
    world.ask(account, query, variables).await["viewer"]["statuses"].take()
}

fn texts(page: &Value) -> Vec<String> {
    let text = |node: &Value| {
        node["text"]
            .as_str()
            .or(node["caption"].as_str())
            .unwrap()
            .to_owned()
    };
    nodes(page).iter().map(text).collect()
}

#[tokio::test]
async fn statuses_are_paged_newest_first() {
    let (world, account) = lively().await;

    let first = page(&world, account, json!({ "first": 2 })).await;
    let second = page(
        &world,
        account,
        json!({ "first": 2, "after": first["pageInfo"]["endCursor"] }),
    )
    .await;
    let third = page(
        &world,
        account,
        json!({ "first": 2, "after": second["pageInfo"]["endCursor"] }),
    )
    .await;

    assert_eq!(texts(&first), ["five", "four"]);
    assert_eq!(texts(&second), ["three", "two"]);
    assert_eq!(second["pageInfo"]["hasNextPage"], true);
    assert_eq!(texts(&third), ["one"]);
    assert_eq!(third["pageInfo"]["hasNextPage"], false);
}

#[tokio::test]
async fn statuses_that_were_posted_at_the_same_time_are_paged_without_loss() {
    let (world, account) = World::with_user("FREE").await;
    let posts: Vec<_> = (0..5)
        .map(|n| says(alice(), &format!("S{n}"), noon(), words(&n.to_string())))
        .collect();
    world.receive(account, &posts).await;

    let mut seen = Vec::new();
    let mut after = Value::Null;
    for _ in 0..3 {
        let page = page(&world, account, json!({ "first": 2, "after": after })).await;
        seen.extend(texts(&page));
        after = page["pageInfo"]["endCursor"].clone();
    }

    seen.sort();
    assert_eq!(seen, ["0", "1", "2", "3", "4"]);
}

#[tokio::test]
async fn statuses_are_filtered() {
    let (world, account) = lively().await;
    let alices = nodes(&page(&world, account, json!({})).await)[0]["author"]["id"].clone();
    let filtered = async |filter: Value| texts(&page(&world, account, json!({ "filter": filter })).await);

    assert_eq!(
        filtered(json!({ "authorIds": [alices] })).await,
        ["five", "three", "one"]
    );
    assert_eq!(filtered(json!({ "kinds": ["IMAGE"] })).await, ["two"]);
    assert_eq!(filtered(json!({ "isOwn": true })).await, ["four"]);
    assert_eq!(filtered(json!({ "isDeleted": true })).await, ["three"]);
    assert_eq!(
        filtered(json!({ "isDeleted": false, "isOwn": false })).await,
        ["five", "two", "one"]
    );
    assert_eq!(
        filtered(json!({ "from": "2026-11-23T11:02:00Z", "to": "2026-11-23T11:04:00Z" })).await,
        ["three", "two"]
    );
    assert_eq!(
        filtered(json!({ "accountIds": [account.id.to_global()], "kinds": null }))
            .await
            .len(),
        5
    );
    for nothing in [json!({ "kinds": [] }), json!({ "accountIds": [] })] {
        assert!(filtered(nothing).await.is_empty());
    }
}

#[tokio::test]
async fn likes_are_filtered_and_paged() {
    let (world, account) = lively().await;
    let query = "query($first: Int, $after: Cursor, $filter: StatusLikeFilter) {
        viewer { statusLikes(first: $first, after: $after, filter: $filter) {
            edges { node { status { text caption author { id } } } } pageInfo { endCursor hasNextPage }
        } }
    }";
    let likes = async |variables: Value| {
        let page = world.ask(account, query, variables).await["viewer"]["statusLikes"].take();
        let texts: Vec<Value> = nodes(&page)
            .iter()
            .map(|like| like["status"]["text"].clone())
            .collect();
        (texts, page)
    };

    let (_, all) = likes(json!({})).await;
    let alices = &nodes(&all)[0]["status"]["author"]["id"];
    let (first, page) = likes(json!({ "first": 3 })).await;
    let (rest, _) = likes(json!({ "first": 3, "after": page["pageInfo"]["endCursor"] })).await;

    assert_eq!((first.len(), rest.len()), (3, 1));
    assert_eq!(
        likes(json!({ "filter": { "states": ["SKIPPED"] } })).await.0,
        [json!("three")]
    );
    assert_eq!(
        likes(json!({ "filter": { "authorIds": [alices] } }))
            .await
            .0
            .len(),
        3
    );
    assert!(
        likes(json!({ "filter": { "from": "2026-11-23T11:00:01Z" } }))
            .await
            .0
            .is_empty()
    );
}

#[tokio::test]
async fn nobody_sees_somebody_elses_statuses_by_any_id() {
    let (world, theirs) = lively().await;
    let mine = world.user("FREE").await;
    let data = page(&world, theirs, json!({})).await;
    let (status, author) = (&nodes(&data)[0]["id"], &nodes(&data)[0]["author"]["id"]);
    let unknown: amda::features::statuses::StatusId = world.core.ids.next();
    let node = "query($id: ID!) { node(id: $id) { id ... on Status { text } } }";

    assert!(texts(&page(&world, mine, json!({})).await).is_empty());
    for filter in [
        json!({ "accountIds": [theirs.id.to_global()] }),
        json!({ "authorIds": [author] }),
    ] {
        assert!(texts(&page(&world, mine, json!({ "filter": filter })).await).is_empty());
    }
    let seen = world.ask(mine, node, json!({ "id": status })).await;
    assert_eq!(
        seen,
        world.ask(mine, node, json!({ "id": unknown.to_global() })).await
    );
    assert_eq!(
        world.ask(theirs, node, json!({ "id": status })).await["node"]["text"],
        "five"
    );
}

#[tokio::test]
async fn an_id_of_another_type_is_refused() {
    let (world, account) = World::with_user("FREE").await;
    let query =
        "query($of: [ID!]) { viewer { statuses(filter: { authorIds: $of }) { edges { node { id } } } } }";

    let response = world
        .respond(account, query, json!({ "of": [account.id.to_global()] }))
        .await;

    let error = response.errors.first().unwrap();
    assert_eq!(
        error.message,
        "this id is of the type Account; pass one of the type Contact"
    );
}

#[tokio::test]
async fn a_wrong_argument_of_one_list_leaves_the_rest_of_the_answer() {
    let (world, account) = World::with_user("FREE").await;
    let query = "{ viewer {
        user { plan { code } }
        statuses(first: 0) { edges { node { id } } }
        accounts { edges { node { id } } }
    } }";

    let answer = world.respond(account, query, json!({})).await;

    assert_eq!(answer.errors.len(), 1, "{:?}", answer.errors);
    let data = answer.data.into_json().unwrap();
    assert_eq!(data["viewer"]["statuses"], json!(null));
    assert_eq!(data["viewer"]["user"]["plan"]["code"], "FREE");
    assert_eq!(nodes(&data["viewer"]["accounts"]).len(), 1);
}
