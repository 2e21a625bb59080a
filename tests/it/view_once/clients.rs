//! What clients see, and what they do not.

use amda::event::{Chat, Content};
use chrono::TimeDelta;
use futures::StreamExt;
use serde_json::{Value, json};

use super::{alice, arrives, capturer, filtered, message, messages, only, person, served, turn, view_once};
use crate::support::darkroom::{DEADLINE, Darkroom};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn capturing_is_off_until_it_is_turned_on_with_a_notice() {
    let room = Darkroom::build().await;
    let account = room.user("FREE").await;
    let query = "{ account { viewOnce { isEnabled } } }";
    let before = room.ask(account, query, json!({})).await;
    assert_eq!(before["account"]["viewOnce"]["isEnabled"], false);

    let payload = turn(&room, account, account, true).await;

    assert_eq!(payload["viewOnce"]["isEnabled"], true);
    assert!(
        payload["notice"]
            .as_str()
            .unwrap()
            .contains("expects that it is seen once")
    );
    let after = room.ask(account, query, json!({})).await;
    assert_eq!(after["account"]["viewOnce"]["isEnabled"], true);
    assert_eq!(room.events(account).await.len(), 1);
    turn(&room, account, account, true).await;
    assert_eq!(
        room.events(account).await.len(),
        1,
        "the second time nothing changed"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_turns_on_or_sees_what_is_somebody_elses() {
    let room = Darkroom::build().await;
    let (account, stranger) = (capturer(&room, "FREE").await, capturer(&room, "FREE").await);
    room.tell(account, &[view_once("A1", None)]).await;
    let id = only(&room, account).await["id"].clone();

    let payload = turn(&room, stranger, account, true).await;

    assert_eq!(payload["errors"][0]["code"], "NOT_FOUND");
    assert!(messages(&room, stranger).await.is_empty());
    let node = "query($id: ID!) { node(id: $id) { ... on ViewOnceMessage { outcome } } }";
    let own = room.ask(account, node, json!({ "id": id })).await;
    assert_eq!(own["node"]["outcome"], "NOT_DELIVERED");
    let other = room.ask(stranger, node, json!({ "id": id })).await;
    assert_eq!(other["node"], json!(null));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_is_filtered_by_each_field() {
    let room = Darkroom::build().await;
    let account = capturer(&room, "FREE").await;
    room.tell(account, &[view_once("A1", None)]).await;
    room.clock.advance(TimeDelta::hours(1));
    let by_bob = Content::ViewOnce(Some(Box::new(served(&room, "/b"))));
    room.tell(
        account,
        &[arrives(message(Chat::Direct(person(2)), person(2), "B1", by_bob))],
    )
    .await;
    room.settle(1).await;
    let bob = room.ask(
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
        (json!({ "outcomes": ["NOT_DELIVERED"] }), vec!["+49151001"]),
        (json!({ "from": "2026-11-23T11:30:00Z" }), vec!["+49151002"]),
        (json!({ "to": "2026-11-23T11:30:00Z" }), vec!["+49151001"]),
        (
            json!({ "accountIds": [account.id.to_global()] }),
            vec!["+49151002", "+49151001"],
        ),
        (
            json!({ "accountIds": [capturer(&room, "FREE").await.id.to_global()] }),
            vec![],
        ),
    ] {
        let found = filtered(&room, account, filter.clone()).await;
        let senders: Vec<_> = found
            .iter()
            .map(|node| node["sender"]["phoneNumber"].as_str().unwrap())
            .collect();
        assert_eq!(senders, wanted, "{filter}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_is_paged_without_gap_or_overlap() {
    let room = Darkroom::build().await;
    let account = capturer(&room, "FREE").await;
    let batch: Vec<_> = (0..7).map(|n| view_once(&format!("A{n}"), None)).collect();
    room.tell(account, &batch).await;

    let query = "query($after: String) { viewer { viewOnceMessages(first: 3, after: $after) {
        edges { node { id } } pageInfo { hasNextPage endCursor }
    } } }";
    let (mut seen, mut sizes, mut after) = (std::collections::BTreeSet::new(), Vec::new(), Value::Null);
    loop {
        let data = room.ask(account, query, json!({ "after": after })).await;
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
async fn a_subscriber_hears_what_it_missed_and_then_each_capture() {
    let room = Darkroom::build().await;
    let account = capturer(&room, "FREE").await;
    room.tell(account, &[view_once("A1", None)]).await;
    let subscription = "subscription($after: Cursor) { viewOnceCaptured(after: $after) {
        sequence message { outcome media { url } sender { phoneNumber } }
    } }";
    let start = async_graphql::ScalarType::to_value(&amda::graphql::Cursor(0))
        .into_json()
        .unwrap();

    let mut events = room.subscribe(account, subscription, json!({ "after": start }));
    let mut next = async || {
        let response = tokio::time::timeout(DEADLINE, events.next())
            .await
            .unwrap()
            .unwrap();
        assert!(response.errors.is_empty(), "{:?}", response.errors);
        response.data.into_json().unwrap()["viewOnceCaptured"].take()
    };

    let missed = next().await;
    assert_eq!(
        (&missed["sequence"], &missed["message"]["outcome"]),
        (&json!(2), &json!("NOT_DELIVERED"))
    );
    room.tell(account, &[view_once("A2", Some(served(&room, "/a")))])
        .await;
    room.settle(1).await;
    let live = next().await;
    assert_eq!(
        (&live["sequence"], &live["message"]["outcome"]),
        (&json!(3), &json!("CAPTURED"))
    );
    assert!(live["message"]["media"]["url"].is_string());
    assert_eq!(
        live["message"]["sender"]["phoneNumber"],
        format!("+{}", alice().phone_number.unwrap())
    );
}
