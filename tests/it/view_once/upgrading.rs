//! Placeholders whose content arrives later.

use amda::account::AccountRef;
use amda::db::schema::view_once_messages;
use amda::event::{Chat, Content, Person};
use amda::features::view_once::ViewOnceId;
use amda::hub::EventKind;
use amda::id::MediaId;
use amda::media::lock_all;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::json;
use tokio::time::timeout;

use super::{capturer, messages, only, reply_to, served, view_once};
use crate::support::core::noon;
use crate::support::database::until_waiting;
use crate::support::fetcher::{Served, picture};
use crate::support::whatsapp::{alice, arrives, group, message, owner, person};
use crate::support::worker::DEADLINE;
use crate::support::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_owners_reply_upgrades_the_placeholder() {
    let world = World::build().await;
    let account = capturer(&world, "FREE").await;
    world.receive(account, &[view_once("A1", None)]).await;
    let placeholder = only(&world, account).await;

    world
        .receive(account, &[reply_to("A1", alice(), served(&world, "/a"))])
        .await;
    let waiting = only(&world, account).await;
    assert_eq!(
        (&waiting["outcome"], &waiting["isCapturing"]),
        (&json!("NOT_DELIVERED"), &json!(true))
    );
    world.settle_media(1).await;

    let message = only(&world, account).await;
    assert_eq!(message["id"], placeholder["id"]);
    assert_eq!(
        (&message["outcome"], &message["kind"]),
        (&json!("CAPTURED"), &json!("IMAGE"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_that_names_the_sender_otherwise_finds_the_same_message() {
    let world = World::build().await;
    let account = capturer(&world, "FREE").await;
    let by_lid = Person {
        phone_number: None,
        ..alice()
    };
    let by_phone = Person { lid: None, ..alice() };
    let content = Content::ViewOnce(None);
    world
        .receive(
            account,
            &[arrives(message(
                Chat::Direct(alice()),
                by_lid,
                "A1",
                noon(),
                content,
            ))],
        )
        .await;

    world
        .receive(account, &[reply_to("A1", by_phone, served(&world, "/a"))])
        .await;
    world.settle_media(1).await;

    assert_eq!(only(&world, account).await["outcome"], "CAPTURED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_later_delivery_with_content_upgrades_the_placeholder() {
    let world = World::build().await;
    let account = capturer(&world, "FREE").await;

    world.receive(account, &[view_once("A1", None)]).await;
    world
        .receive(account, &[view_once("A1", Some(served(&world, "/a")))])
        .await;
    world.settle_media(1).await;

    assert_eq!(only(&world, account).await["outcome"], "CAPTURED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quoted_message_that_was_never_seen_is_recorded() {
    let world = World::build().await;
    let account = capturer(&world, "FREE").await;

    world
        .receive(account, &[reply_to("A1", alice(), served(&world, "/a"))])
        .await;
    world.settle_media(1).await;

    let message = only(&world, account).await;
    assert_eq!(message["outcome"], "CAPTURED");
    assert_eq!(message["sender"]["phoneNumber"], "+49151001");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn content_at_another_place_is_tried_after_one_that_failed() {
    let world = World::build().await;
    let account = capturer(&world, "FREE").await;
    world.fetcher.serve("/gone", Served::Expired);
    world
        .receive(account, &[view_once("A1", Some(picture("/gone", b"x")))])
        .await;
    world.settle_media(1).await;
    assert_eq!(only(&world, account).await["outcome"], "FAILED");

    world
        .receive(account, &[reply_to("A1", alice(), served(&world, "/fresh"))])
        .await;
    world.settle_media(1).await;

    let message = only(&world, account).await;
    assert_eq!(
        (&message["outcome"], &message["failureReason"]),
        (&json!("CAPTURED"), &json!(null))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_captured_stays_as_it_is_when_it_is_quoted() {
    let world = World::build().await;
    let account = capturer(&world, "FREE").await;
    world
        .receive(account, &[view_once("A1", Some(served(&world, "/a")))])
        .await;
    world.settle_media(1).await;
    let before = (only(&world, account).await, world.events(account).await.len());

    world
        .receive(account, &[reply_to("A1", alice(), served(&world, "/other"))])
        .await;

    assert_eq!(
        (only(&world, account).await, world.events(account).await.len()),
        before
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_owners_reply_counts_and_not_to_the_owners_own() {
    let world = World::build().await;
    let account = capturer(&world, "FREE").await;
    let of_own = reply_to("O1", owner(), served(&world, "/own"));
    let of_nobody = reply_to("N1", Person::default(), served(&world, "/nobody"));
    let mut by_bob = message(group(), person(2), "B1", noon(), Content::Text("look".to_owned()));
    let amda::event::Event::Message(reply) = reply_to("A1", alice(), served(&world, "/a")) else {
        panic!("a reply is a message")
    };
    by_bob.quoted_view_once = reply.quoted_view_once;

    world
        .receive(account, &[of_own, of_nobody, arrives(by_bob)])
        .await;

    assert!(messages(&world, account).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_capture_that_a_reply_starts_is_told_and_so_is_its_end() {
    let world = World::build().await;
    let account = capturer(&world, "FREE").await;
    world.receive(account, &[view_once("A1", None)]).await;
    let placeholder = world.events(account).await.pop().unwrap().event;
    let before = world.events(account).await.len();

    world
        .receive(account, &[reply_to("A1", alice(), served(&world, "/a"))])
        .await;
    let begun = world.events(account).await.split_off(before);
    world.settle_media(1).await;
    let ended = world.events(account).await.split_off(before);

    assert_eq!(begun.len(), 1);
    let told: Vec<_> = ended
        .iter()
        .map(|row| (row.event.kind, row.event.subject))
        .collect();
    let changed = EventKind::ViewOnceMessageChanged;
    assert_eq!(
        told,
        [
            (changed, placeholder.subject),
            (EventKind::ViewOnceCaptured, placeholder.subject)
        ]
    );
}

/// Number of view-once messages, shown or not.
async fn count(world: &World, account: AccountRef) -> i64 {
    let mut work = world.core.begin(account.user).await.unwrap();
    let count = view_once_messages::table
        .count()
        .get_result(&mut *work)
        .await
        .unwrap();
    work.rollback().await.unwrap();
    count
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_user_deleted_does_not_come_back_with_a_redelivery() {
    let world = World::build().await;
    let account = capturer(&world, "FREE").await;
    let delivery = [
        view_once("A1", None),
        view_once("A2", Some(served(&world, "/a"))),
        reply_to("A3", alice(), served(&world, "/b")),
    ];
    world.receive(account, &delivery).await;
    world.settle_media(2).await;
    let kept = messages(&world, account).await;
    let ids: Vec<String> = kept
        .iter()
        .map(|message| message["id"].as_str().unwrap().to_owned())
        .collect();

    let done = world
        .services
        .kept_items
        .delete(account.user, &ids)
        .await
        .unwrap();
    world.receive(account, &delivery).await;

    assert_eq!(done.deleted.len(), 3);
    assert_eq!(count(&world, account).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_waits_for_a_fetch_and_does_not_keep_it_from_its_end() {
    let world = World::build().await;
    let account = capturer(&world, "FREE").await;
    world.fetcher.serve("/gone", Served::Expired);
    world
        .receive(account, &[view_once("A1", Some(picture("/gone", b"x")))])
        .await;
    world.settle_media(1).await;
    let mut fetching = world.core.begin(account.user).await.unwrap();
    let (item, media): (ViewOnceId, MediaId) = view_once_messages::table
        .select((
            view_once_messages::id,
            view_once_messages::media_id.assume_not_null(),
        ))
        .first(&mut *fetching)
        .await
        .unwrap();
    lock_all(&mut fetching, &[media]).await.unwrap();

    let reply = [reply_to("A1", alice(), served(&world, "/fresh"))];
    let ending = async {
        until_waiting(&world.database, 1).await;
        view_once_messages::table
            .find(item)
            .select(view_once_messages::id)
            .for_update()
            .first::<ViewOnceId>(&mut *fetching)
            .await
            .unwrap();
        fetching.rollback().await.unwrap();
    };
    let both = async { tokio::join!(world.receive(account, &reply), ending) };
    timeout(DEADLINE, both).await.expect("both come to their end");
    world.settle_media(1).await;

    assert_eq!(only(&world, account).await["outcome"], "CAPTURED");
}
