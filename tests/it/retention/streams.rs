//! The numbered events: their front goes, and an old cursor is told so.

use std::time::Duration;

use amda::hub::{EventStream, StreamError};
use amda::retention::{Events, Expires};
use futures::StreamExt;
use serde_json::json;
use tokio::time::timeout;

use super::{a_status, days, follow, now, purge, sequences};
use crate::support::world::World;

#[tokio::test]
async fn the_oldest_events_go_from_the_front_and_the_numbers_go_on() {
    let (world, account) = World::with_user("PREMIUM").await;
    world
        .receive(account, &[a_status(&world, "S1"), a_status(&world, "S2")])
        .await;
    world.clock.advance(days(91));
    world.receive(account, &[a_status(&world, "S3")]).await;
    follow(&world, account.user).await;

    purge(&world, account.user).await;
    world.receive(account, &[a_status(&world, "S4")]).await;

    assert_eq!(sequences(&world, account.user).await, [3, 4]);
}

#[tokio::test]
async fn an_event_that_somebody_has_yet_to_follow_stays() {
    let (world, account) = World::with_user("FREE").await;
    world.receive(account, &[a_status(&world, "S1")]).await;
    follow(&world, account.user).await;
    world.receive(account, &[a_status(&world, "S2")]).await;
    world.clock.advance(days(91));
    let mut work = world.core.begin(account.user).await.unwrap();
    let before = now(&world) - days(90);
    assert_eq!(Events.count(&mut work, account.user, before).await.unwrap(), 1);
    work.rollback().await.unwrap();

    purge(&world, account.user).await;

    assert_eq!(sequences(&world, account.user).await, [2]);
}

#[tokio::test]
async fn a_cursor_from_before_the_oldest_event_is_refused_and_the_next_ones_are_not() {
    let (world, account) = World::with_user("FREE").await;
    world
        .receive(account, &[a_status(&world, "S1"), a_status(&world, "S2")])
        .await;
    world.clock.advance(days(91));
    world
        .receive(account, &[a_status(&world, "S3"), a_status(&world, "S4")])
        .await;
    follow(&world, account.user).await;
    purge(&world, account.user).await;

    let open = async |after| {
        let core = &world.core;
        EventStream::open(core.db.clone(), &core.hub, account.user, Some(after)).await
    };
    assert!(matches!(open(0).await, Err(StreamError::TooOld)));
    assert!(matches!(open(1).await, Err(StreamError::TooOld)));
    assert_eq!(open(2).await.unwrap().next().await.unwrap().sequence, 3);
    assert_eq!(open(3).await.unwrap().next().await.unwrap().sequence, 4);
    assert!(open(4).await.is_ok(), "nothing is missing");
}

#[tokio::test]
async fn a_client_with_an_old_cursor_is_told_what_to_do() {
    let (world, account) = World::with_user("FREE").await;
    world.receive(account, &[a_status(&world, "S1")]).await;
    follow(&world, account.user).await;
    world.clock.advance(days(91));
    purge(&world, account.user).await;

    let query = "subscription($after: Cursor) { statusLikeChanged(after: $after) { sequence } }";
    let start = async_graphql::ScalarType::to_value(&amda::graphql::Cursor::of_event(0));
    let mut heard = world.subscribe(account, query, json!({ "after": start }));
    let reply = timeout(Duration::from_secs(20), heard.next())
        .await
        .unwrap()
        .unwrap();

    let error = &reply.errors[0];
    assert!(
        error.message.contains("too old") && error.message.contains("eventCursor"),
        "{error:?}"
    );
    let code = error.extensions.as_ref().unwrap().get("code").unwrap();
    assert_eq!(code.to_string(), "\"BAD_USER_INPUT\"");
}
