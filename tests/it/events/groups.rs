//! Events that are there at the same time are shown with what is loaded for all of them.

use std::time::Duration;

use amda::event::{Chat, Event};
use amda::graphql::Cursor;
use async_graphql::ScalarType;
use chrono::TimeDelta;
use futures::{Stream, StreamExt};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::support::statements::StatementCount;
use crate::support::whatsapp::{alice, bob, revoke, says, words};
use crate::support::world::World;

const SUBSCRIPTION: &str =
    "subscription ($after: Cursor) { events(after: $after, kinds: [STATUS_POSTED, STATUS_DELETED]) {
    kind account { id } ... on StatusEvent { status { text deletedAt } }
} }";

const SOON: Duration = Duration::from_mins(1);

async fn next(heard: &mut (impl Stream<Item = async_graphql::Response> + Unpin)) -> Value {
    let event = timeout(SOON, heard.next()).await.unwrap().unwrap();
    assert!(event.errors.is_empty(), "{:?}", event.errors);
    event.data.into_json().unwrap()["events"].take()
}

fn statuses(count: i64) -> Vec<Event> {
    let status = |number: i64| {
        let author = if number % 2 == 0 { alice() } else { bob() };
        says(
            Chat::Status,
            author,
            &format!("S{number}"),
            number,
            words(&format!("status {number}")),
        )
    };
    (0..count).map(status).collect()
}

#[tokio::test]
async fn the_subjects_of_events_that_are_there_at_the_same_time_are_loaded_at_once() {
    let (world, account) = World::with_user("FREE").await;
    world.receive(account, &statuses(30)).await;
    let reads = StatementCount::of(&world.database, "statuses").await;
    let start = json!({ "after": Cursor::of_event(0).to_value() });
    let mut heard = world.subscribe(account, SUBSCRIPTION, start);

    for number in 0..30 {
        let event = next(&mut heard).await;

        assert_eq!(event["kind"], "STATUS_POSTED");
        assert_eq!(event["status"]["text"], format!("status {number}"));
        assert_eq!(event["account"]["id"], account.id.to_global());
    }
    assert_eq!(reads.take().await, 1);
}

#[tokio::test]
async fn what_was_loaded_a_second_ago_is_loaded_again() {
    let (world, account) = World::with_user("FREE").await;
    world.receive(account, &statuses(3)).await;
    let reads = StatementCount::of(&world.database, "statuses").await;
    let start = json!({ "after": Cursor::of_event(0).to_value() });
    let mut heard = world.subscribe(account, SUBSCRIPTION, start);

    next(&mut heard).await;
    assert_eq!(reads.take().await, 1);
    world.clock.advance(TimeDelta::seconds(2));
    next(&mut heard).await;
    next(&mut heard).await;

    assert_eq!(reads.take().await, 2);
}

#[tokio::test]
async fn an_event_that_comes_later_shows_its_subject_as_it_is_then() {
    let (world, account) = World::with_user("FREE").await;
    let start = json!({ "after": Cursor::of_event(0).to_value() });
    let mut heard = world.subscribe(account, SUBSCRIPTION, start);
    world.receive(account, &statuses(3)).await;
    for number in 0..3 {
        let status = &next(&mut heard).await["status"];
        assert_eq!(
            (&status["text"], &status["deletedAt"]),
            (&json!(format!("status {number}")), &Value::Null)
        );
    }

    let deletion = says(Chat::Status, alice(), "D0", 9, revoke("S0"));
    world.receive(account, &[deletion]).await;

    let event = next(&mut heard).await;
    assert_eq!(event["kind"], "STATUS_DELETED");
    assert_eq!(event["status"]["text"], "status 0");
    assert!(event["status"]["deletedAt"].is_string());
}
