//! The user's events: a numbered stream, as a list and live.

mod batches;
mod groups;

use std::time::Duration;

use amda::account::AccountRef;
use amda::hub::{EventKind, EventStream};
use amda::id::{AccountId, UserId};
use amda::notices::NoticeKind;
use diesel_async::SimpleAsyncConnection;
use futures::StreamExt;
use serde_json::{Value, json};
use tokio::time::timeout;
use uuid::Uuid;

use crate::support::graphql::field_errors;
use crate::support::world::World;

/// A deadline that only a failing test reaches.
const SOON: Duration = Duration::from_mins(1);

const LIST: &str = "query ($first: Int, $after: Cursor, $last: Int, $before: Cursor, $of: [ID!], $kinds: [EventKind!]) {
    viewer { events(first: $first, after: $after, last: $last, before: $before, accountIds: $of, kinds: $kinds) {
        totalCount nodes { sequence kind cursor }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    } }
}";

async fn emit(world: &World, account: AccountRef, kind: EventKind, of: Option<AccountId>) {
    let mut work = world.core.begin(account.user).await.unwrap();
    let subject: Uuid = work.ids.next();
    work.emit(kind, of, subject);
    work.commit().await.unwrap();
}

async fn list(world: &World, account: AccountRef, variables: Value) -> Value {
    world.ask(account, LIST, variables).await["viewer"]["events"].take()
}

fn sequences(page: &Value) -> Vec<i64> {
    let nodes = page["nodes"].as_array().unwrap();
    nodes
        .iter()
        .map(|node| node["sequence"].as_i64().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_and_the_subscription_from_its_end_have_each_event_once_while_events_are_made() {
    let (world, account) = World::with_user("FREE").await;
    let subscription = "subscription ($after: Cursor) { events(after: $after) { sequence } }";
    let all = 200;
    let making = async {
        for _ in 0..all {
            emit(&world, account, EventKind::StatusLikeChanged, Some(account.id)).await;
        }
    };
    let feed = async {
        let mut page = list(&world, account, json!({ "last": 30 })).await;
        while sequences(&page).len() < 30 {
            page = list(&world, account, json!({ "last": 30 })).await;
        }
        let mut seen = sequences(&page);
        let after = json!({ "after": page["pageInfo"]["endCursor"] });
        let mut heard = world.subscribe(account, subscription, after);
        while seen.last() != Some(&all) {
            let event = timeout(SOON, heard.next()).await.unwrap().unwrap();
            assert!(event.errors.is_empty(), "{:?}", event.errors);
            let event = event.data.into_json().unwrap();
            seen.push(event["events"]["sequence"].as_i64().unwrap());
        }
        seen
    };

    let ((), seen) = tokio::join!(making, feed);

    let first = seen[0];
    assert_eq!(seen, (first..=all).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_stream_that_is_behind_by_more_than_its_announcements_has_every_event_once() {
    let (world, account) = World::with_user("FREE").await;
    let core = &world.core;
    let opening = EventStream::open(core.db.clone(), &core.hub, account.user, None);
    let mut events = opening.await.unwrap();

    // 64 announcements wait for a subscriber, and a page of the table has 500 events.
    for _ in 0..100 {
        append(&world, account, 6).await;
    }

    let mut seen = Vec::new();
    for _ in 0..600 {
        let event = timeout(SOON, events.next()).await.expect("it comes");
        seen.push(event.unwrap().sequence);
    }
    let first = seen[0];
    assert_eq!(seen, (first..first + 600).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_stream_has_every_event_of_a_commit_that_is_too_large_for_its_announcement() {
    let (world, account) = World::with_user("FREE").await;
    let core = &world.core;
    let opening = EventStream::open(core.db.clone(), &core.hub, account.user, None);
    let mut events = opening.await.unwrap();

    append(&world, account, 300).await;

    let first = timeout(SOON, events.next())
        .await
        .expect("it comes")
        .unwrap()
        .sequence;
    for sequence in first + 1..first + 300 {
        let event = timeout(SOON, events.next()).await.expect("it comes");
        assert_eq!(event.unwrap().sequence, sequence);
    }
}

/// Commits so many events at once.
async fn append(world: &World, account: AccountRef, count: usize) {
    let mut work = world.core.begin(account.user).await.unwrap();
    for _ in 0..count {
        work.emit_each(EventKind::StatusLikeChanged, Some(account.id), account.user);
    }
    work.commit().await.unwrap();
}

#[tokio::test]
async fn the_stored_events_are_listed_oldest_first_and_paged_both_ways() {
    let (world, account) = World::with_user("FREE").await;
    for _ in 0..5 {
        emit(&world, account, EventKind::AccountChanged, Some(account.id)).await;
    }

    let newest = list(&world, account, json!({ "last": 2 })).await;
    let before = json!({ "last": 2, "before": newest["pageInfo"]["startCursor"] });
    let before = list(&world, account, before).await;
    let oldest = list(&world, account, json!({ "first": 3 })).await;
    let after = json!({ "first": 3, "after": oldest["nodes"][2]["cursor"] });
    let after = list(&world, account, after).await;

    assert_eq!((sequences(&newest), sequences(&before)), (vec![4, 5], vec![2, 3]));
    assert_eq!(
        (sequences(&oldest), sequences(&after)),
        (vec![1, 2, 3], vec![4, 5])
    );
    assert_eq!(newest["totalCount"], 5);
    let ends = |page: &Value| {
        (
            page["pageInfo"]["hasPreviousPage"].as_bool().unwrap(),
            page["pageInfo"]["hasNextPage"].as_bool().unwrap(),
        )
    };
    assert_eq!((ends(&newest), ends(&before)), ((true, false), (true, true)));
    assert_eq!((ends(&oldest), ends(&after)), ((false, true), (true, false)));
}

#[tokio::test]
async fn a_list_of_some_kinds_and_accounts_has_no_others_and_an_empty_list_matches_nothing() {
    let (world, account) = World::with_user("FREE").await;
    let other = world.account(account.user).await;
    emit(&world, account, EventKind::StatusLiked, Some(account.id)).await;
    emit(&world, account, EventKind::StatusLiked, Some(other.id)).await;
    emit(&world, account, EventKind::AccountChanged, Some(account.id)).await;
    emit(&world, account, EventKind::ProfileChanged, None).await;
    let of = async |variables: Value| sequences(&list(&world, account, variables).await);

    assert_eq!(of(json!({ "kinds": ["STATUS_LIKED"] })).await, [1, 2]);
    assert_eq!(of(json!({ "of": [account.id.to_global()] })).await, [1, 3]);
    let both = json!({ "kinds": ["STATUS_LIKED"], "of": [account.id.to_global()] });
    assert_eq!(of(both).await, [1]);
    assert!(of(json!({ "kinds": [] })).await.is_empty());
    assert!(of(json!({ "of": [] })).await.is_empty());
    let counted = list(&world, account, json!({ "kinds": ["STATUS_LIKED"], "first": 1 })).await;
    assert_eq!(counted["totalCount"], 2);
}

#[tokio::test]
async fn an_account_of_somebody_else_has_no_events_and_each_malformed_id_is_named_with_its_place() {
    let (world, account) = World::with_user("FREE").await;
    let eve = world.user("FREE").await;
    emit(&world, account, EventKind::StatusLiked, Some(account.id)).await;
    emit(&world, eve, EventKind::StatusLiked, Some(eve.id)).await;
    let (own, theirs) = (account.id.to_global(), eve.id.to_global());

    let foreign = list(&world, account, json!({ "of": [theirs] })).await;
    let wrong = json!({ "of": ["nonsense", own, UserId::from(ulid::Ulid::nil()).to_global()] });
    let listed = world.respond(account, LIST, wrong.clone()).await;
    let subscription = "subscription ($of: [ID!]) { events(accountIds: $of) { sequence } }";
    let mut heard = world.subscribe(account, subscription, wrong);
    let heard = timeout(SOON, heard.next()).await.unwrap().unwrap();

    assert!(sequences(&foreign).is_empty());
    for refused in [listed, heard] {
        assert_eq!(
            field_errors(&serde_json::to_value(&refused.errors[0]).unwrap()),
            json!([
                ["INVALID_INPUT", ["accountIds", "0"], null],
                ["INVALID_INPUT", ["accountIds", "2"], null],
            ])
        );
    }
}

#[tokio::test]
async fn the_uploads_of_some_accounts_are_heard_without_those_of_others() {
    let (world, account) = World::with_user("FREE").await;
    let other = world.account(account.user).await;
    for of in [other.id, account.id] {
        emit(&world, account, EventKind::UploadChanged, Some(of)).await;
    }
    let query = "subscription ($after: Cursor, $of: [ID!]) {
        uploadChanged(after: $after, accountIds: $of) { sequence account { id } }
    }";
    let after = async_graphql::ScalarType::to_value(&amda::graphql::Cursor::of_event(0));

    let mut heard = world.subscribe(
        account,
        query,
        json!({ "after": after, "of": [account.id.to_global()] }),
    );
    let event = timeout(SOON, heard.next()).await.unwrap().unwrap();

    assert_eq!(
        event.data.into_json().unwrap()["uploadChanged"],
        json!({ "sequence": 2, "account": { "id": account.id.to_global() } })
    );
}

#[tokio::test]
async fn a_notification_that_the_app_does_not_show_is_in_no_list() {
    let (world, account) = World::with_user("FREE").await;
    let off = format!(
        "INSERT INTO notification_switches (user_id, kind, channel, is_enabled) VALUES ('{}', 'STORAGE_FULL', 'IN_APP', false)",
        account.user.as_uuid()
    );
    world.everything().await.batch_execute(&off).await.unwrap();
    for kind in [NoticeKind::StorageFull, NoticeKind::RetentionShortened] {
        let mut work = world.core.begin(account.user).await.unwrap();
        let notice = amda::notices::NewNotice {
            kind,
            account: None,
            subject: None,
            details: json!({}),
            at: work.now,
        };
        amda::notices::post(&mut work, &notice).await.unwrap();
        work.commit().await.unwrap();
    }

    let listed = list(&world, account, json!({ "kinds": ["NOTIFICATION_RECEIVED"] })).await;

    assert_eq!(
        sequences(&listed),
        [1],
        "the one that is turned off takes no number"
    );
    assert_eq!(listed["totalCount"], 1);
}

#[tokio::test]
async fn a_cursor_from_the_future_is_refused() {
    let (world, account) = World::with_user("FREE").await;
    let ahead = amda::graphql::Cursor::of_event(7);
    let ahead = async_graphql::ScalarType::to_value(&ahead);

    let refused = world.respond(account, LIST, json!({ "after": ahead })).await;

    let message = &refused.errors[0].message;
    assert!(message.contains("ahead of the newest event"), "{message}");
}
