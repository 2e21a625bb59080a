use amda::account::AccountRef;
use amda::event::Person;
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{says, turn_on};
use crate::support::core::noon;
use crate::support::graphql::nodes;
use crate::support::statements::StatementCount;
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
        "filter.authorIds.0: this id is of the type Account; pass one of the type Contact"
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

#[tokio::test]
async fn a_list_is_counted_and_paged_from_its_end() {
    let (world, account) = lively().await;
    let query = "query($before: Cursor) { viewer {
        statuses(last: 2, before: $before, filter: { isOwn: false }) {
            totalCount nodes { text caption } pageInfo { hasNextPage hasPreviousPage startCursor }
        }
        statusLikes(first: 1, filter: { states: [QUEUED] }) { totalCount }
    } }";

    let end = world.ask(account, query, json!({})).await;
    let cursor = &end["viewer"]["statuses"]["pageInfo"]["startCursor"];
    let rest = world.ask(account, query, json!({ "before": cursor })).await;

    let (end, rest) = (&end["viewer"], &rest["viewer"]);
    assert_eq!(
        end["statuses"]["nodes"],
        json!([{ "text": null, "caption": "two" }, { "text": "one", "caption": null }])
    );
    assert_eq!(end["statuses"]["totalCount"], 4);
    assert_eq!(end["statuses"]["pageInfo"]["hasNextPage"], false);
    assert_eq!(end["statusLikes"]["totalCount"], 3);
    assert_eq!(rest["statuses"]["nodes"][0]["text"], "five");
    assert_eq!(rest["statuses"]["nodes"][1]["text"], "three");
    assert_eq!(rest["statuses"]["pageInfo"]["hasPreviousPage"], false);
    assert_eq!(rest["statuses"]["pageInfo"]["hasNextPage"], true);
}

#[tokio::test]
async fn each_contact_has_a_page_of_their_own_statuses() {
    let (world, account) = lively().await;
    let by_number = Person { lid: None, ..alice() };
    world
        .receive(
            account,
            &[says(
                by_number,
                "S6",
                noon() + TimeDelta::minutes(7),
                words("six"),
            )],
        )
        .await;
    let query = "query($after: Cursor) { viewer { accounts { nodes { contacts { nodes {
        phoneNumber isSelf statuses(first: 2, after: $after) {
            totalCount nodes { text caption like { author { phoneNumber } account { id } } }
            pageInfo { hasNextPage endCursor }
        }
    } } } } } }";
    let of = |data: &Value, number: &str| {
        let contacts = data["viewer"]["accounts"]["nodes"][0]["contacts"]["nodes"].clone();
        let all = contacts.as_array().unwrap().clone();
        let theirs = all.into_iter().find(|one| one["phoneNumber"] == number);
        theirs.unwrap()["statuses"].take()
    };

    let first = world.ask(account, query, json!({})).await;
    let page = of(&first, "+49151001");
    let after = json!({ "after": page["pageInfo"]["endCursor"] });
    // The lists of the others refuse it.
    let second = world.respond(account, query, after).await;
    let second = of(&second.data.into_json().unwrap(), "+49151001");

    assert_eq!(page["totalCount"], 4);
    assert_eq!(
        (&page["nodes"][0]["text"], &page["nodes"][1]["text"]),
        (&json!("six"), &json!("five"))
    );
    assert_eq!(page["nodes"][1]["like"]["author"]["phoneNumber"], "+49151001");
    assert_eq!(page["nodes"][1]["like"]["account"]["id"], account.id.to_global());
    assert_eq!(
        (&second["nodes"][0]["text"], &second["nodes"][1]["text"]),
        (&json!("three"), &json!("one"))
    );
    assert_eq!(second["pageInfo"]["hasNextPage"], false);
    assert_eq!(of(&first, "+49151002")["nodes"][0]["caption"], "two");
}

#[tokio::test]
async fn the_statuses_of_all_contacts_are_read_together() {
    let (world, account) = lively().await;
    let statements = StatementCount::of(&world.database, "statuses").await;
    let query =
        "{ viewer { accounts { nodes { contacts { nodes { statuses(first: 2) { nodes { text } } } } } } } }";

    world.ask(account, query, json!({})).await;

    // One for the ids of every contact's page, and one for the rows.
    assert_eq!(statements.take().await, 2);
}
