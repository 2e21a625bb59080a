//! View-once messages as clients see them.

use amda::event::{Chat, Content};
use chrono::TimeDelta;
use futures::StreamExt;
use serde_json::{Value, json};

use super::{capturer, filtered, messages, only, served, turn, view_once};
use crate::support::core::noon;
use crate::support::whatsapp::{alice, arrives, message, person};
use crate::support::worker::DEADLINE;
use crate::support::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_turns_on_or_sees_what_is_somebody_elses() {
    let world = World::build().await;
    let (account, stranger) = (capturer(&world, "FREE").await, capturer(&world, "FREE").await);
    world.receive(account, &[view_once("A1", None)]).await;
    let id = only(&world, account).await["id"].clone();

    let payload = turn(&world, stranger, account, true).await;

    assert_eq!(payload["errors"][0]["code"], "NOT_FOUND");
    assert!(messages(&world, stranger).await.is_empty());
    let node = "query($id: ID!) { node(id: $id) { ... on ViewOnceMessage { outcome } } }";
    let own = world.ask(account, node, json!({ "id": id })).await;
    assert_eq!(own["node"]["outcome"], "NOT_DELIVERED");
    let other = world.ask(stranger, node, json!({ "id": id })).await;
    assert_eq!(other["node"], json!(null));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_is_filtered_by_each_field() {
    let world = World::build().await;
    let account = capturer(&world, "FREE").await;
    world.receive(account, &[view_once("A1", None)]).await;
    world.clock.advance(TimeDelta::hours(1));
    let by_bob = Content::ViewOnce(Some(Box::new(served(&world, "/b"))));
    world
        .receive(
            account,
            &[arrives(message(
                Chat::Direct(person(2)),
                person(2),
                "B1",
                noon(),
                by_bob,
            ))],
        )
        .await;
    world.settle_media(1).await;
    let bob = world.ask(
        account,
        "{ viewer { viewOnceMessages { edges { node { sender { id } } } } } }",
        json!({}),
    );
    let bob = bob.await["viewer"]["viewOnceMessages"]["edges"][0]["node"]["sender"]["id"].clone();

    for (filter, wanted) in [
        (json!({}), vec!["+49151002", "+49151001"]),
        (json!({ "senderIds": [bob] }), vec!["+49151002"]),
        (json!({ "kinds": ["IMAGE"] }), vec!["+49151002"]),
        (json!({ "kinds": ["VIDEO"] }), vec![]),
        (json!({ "kinds": ["VIEW_ONCE", "TEXT"] }), vec!["+49151001"]),
        (json!({ "kinds": null }), vec!["+49151002", "+49151001"]),
        (json!({ "kinds": [] }), vec![]),
        (json!({ "outcomes": [] }), vec![]),
        (json!({ "senderIds": [] }), vec![]),
        (json!({ "outcomes": ["NOT_DELIVERED"] }), vec!["+49151001"]),
        (json!({ "from": "2026-11-23T11:30:00Z" }), vec!["+49151002"]),
        (json!({ "to": "2026-11-23T11:30:00Z" }), vec!["+49151001"]),
        (
            json!({ "accountIds": [account.id.to_global()] }),
            vec!["+49151002", "+49151001"],
        ),
        (
            json!({ "accountIds": [capturer(&world, "FREE").await.id.to_global()] }),
            vec![],
        ),
    ] {
        let found = filtered(&world, account, filter.clone()).await;
        let senders: Vec<_> = found
            .iter()
            .map(|node| node["sender"]["phoneNumber"].as_str().unwrap())
            .collect();
        assert_eq!(senders, wanted, "{filter}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_is_paged_without_gap_or_overlap() {
    let world = World::build().await;
    let account = capturer(&world, "FREE").await;
    let batch: Vec<_> = (0..7).map(|n| view_once(&format!("A{n}"), None)).collect();
    world.receive(account, &batch).await;

    let query = "query($after: Cursor) { viewer { viewOnceMessages(first: 3, after: $after) {
        edges { node { id } } pageInfo { hasNextPage endCursor }
    } } }";
    let (mut seen, mut sizes, mut after) = (std::collections::BTreeSet::new(), Vec::new(), Value::Null);
    loop {
        let data = world.ask(account, query, json!({ "after": after })).await;
        let page = &data["viewer"]["viewOnceMessages"];
        let edges = page["edges"].as_array().unwrap();
        sizes.push(edges.len());
        seen.extend(edges.iter().map(|edge| edge["node"]["id"].to_string()));
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }

    assert_eq!((sizes, seen.len()), (vec![3, 3, 1], 7));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_is_paged_from_its_end_and_counted_under_its_filter() {
    let world = World::build().await;
    let account = capturer(&world, "FREE").await;
    let batch: Vec<_> = (0..5).map(|n| view_once(&format!("A{n}"), None)).collect();
    world.receive(account, &batch).await;
    let query = "query($before: Cursor, $filter: ViewOnceMessageFilter) { viewer {
        viewOnceMessages(last: 2, before: $before, filter: $filter) {
            totalCount nodes { id } pageInfo { hasPreviousPage startCursor }
        }
    } }";
    let page = async |variables: Value| {
        world.ask(account, query, variables).await["viewer"]["viewOnceMessages"].take()
    };

    let all = messages(&world, account).await;
    let end = page(json!({})).await;
    let middle = page(json!({ "before": end["pageInfo"]["startCursor"] })).await;
    let none = page(json!({ "filter": { "kinds": ["IMAGE"] } })).await;

    let ids = |nodes: &[Value]| -> Vec<Value> { nodes.iter().map(|node| node["id"].clone()).collect() };
    let of_page = |page: &Value| ids(page["nodes"].as_array().unwrap());
    assert_eq!(of_page(&end), ids(&all[3..]));
    assert_eq!(of_page(&middle), ids(&all[1..3]));
    assert_eq!(middle["pageInfo"]["hasPreviousPage"], true);
    assert_eq!((&end["totalCount"], &none["totalCount"]), (&json!(5), &json!(0)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscriber_hears_what_it_missed_and_then_each_capture() {
    let world = World::build().await;
    let account = capturer(&world, "FREE").await;
    world.receive(account, &[view_once("A1", None)]).await;
    let subscription = "subscription($after: Cursor) { viewOnceMessageChanged(after: $after) {
        sequence kind viewOnceMessage { outcome media { url } sender { phoneNumber } }
    } }";
    let start = async_graphql::ScalarType::to_value(&amda::graphql::Cursor::of_event(0))
        .into_json()
        .unwrap();

    let mut events = world.subscribe(account, subscription, json!({ "after": start }));
    let mut next = async || {
        let response = tokio::time::timeout(DEADLINE, events.next())
            .await
            .unwrap()
            .unwrap();
        assert!(response.errors.is_empty(), "{:?}", response.errors);
        response.data.into_json().unwrap()["viewOnceMessageChanged"].take()
    };

    let missed = next().await;
    assert_eq!(
        (&missed["sequence"], &missed["viewOnceMessage"]["outcome"]),
        (&json!(2), &json!("NOT_DELIVERED"))
    );
    assert_eq!(missed["kind"], "VIEW_ONCE_MESSAGE_CHANGED");
    world
        .receive(account, &[view_once("A2", Some(served(&world, "/a")))])
        .await;
    world.settle_media(1).await;
    let live = next().await;
    assert_eq!(
        (&live["sequence"], &live["viewOnceMessage"]["outcome"]),
        (&json!(3), &json!("CAPTURED"))
    );
    assert_eq!(live["kind"], "VIEW_ONCE_CAPTURED");
    assert!(live["viewOnceMessage"]["media"]["url"].is_string());
    assert_eq!(
        live["viewOnceMessage"]["sender"]["phoneNumber"],
        format!("+{}", alice().phone_number.unwrap())
    );
}
