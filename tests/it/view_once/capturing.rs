//! Outcomes of view-once messages.

use amda::db::schema::{media, messages as messages_table, view_once_messages};
use amda::event::{Chat, Content};
use amda::hub::EventKind;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::json;

use super::{capturer, messages, only, served, spent, turn, view_once};
use crate::support::core::noon;
use crate::support::fetcher::{Served, content, picture};
use crate::support::whatsapp::{alice, arrives, group, message, owner};
use crate::support::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_placeholder_is_not_delivered_and_costs_nothing() {
    let world = World::build().await;
    let account = capturer(&world, "FREE").await;

    world.receive(account, &[view_once("A1", None)]).await;

    let message = only(&world, account).await;
    assert_eq!(message["outcome"], "NOT_DELIVERED");
    assert_eq!(message["kind"], "VIEW_ONCE");
    assert_eq!(message["media"], json!(null));
    assert_eq!(message["sender"]["phoneNumber"], "+49151001");
    assert_eq!(spent(&world, account).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn content_that_is_delivered_is_captured_and_shown_with_its_link() {
    let world = World::build().await;
    let account = capturer(&world, "FREE").await;

    world
        .receive(account, &[view_once("A1", Some(served(&world, "/a")))])
        .await;
    assert_eq!(
        messages(&world, account).await.len(),
        0,
        "not shown before it came to an outcome"
    );
    world.settle_media(1).await;

    let message = only(&world, account).await;
    assert_eq!(message["outcome"], "CAPTURED");
    assert_eq!(message["failureReason"], json!(null));
    assert_eq!(
        (&message["kind"], &message["text"]),
        (&json!("IMAGE"), &json!("only for you"))
    );
    assert_eq!(message["sentAt"], "2026-11-23T11:00:00+00:00");
    assert_eq!(message["capturedAt"], "2026-11-23T11:00:00+00:00");
    assert_eq!(message["media"]["state"], "STORED");
    assert_eq!(message["media"]["sizeBytes"], 102);
    assert_eq!(message["media"]["urlExpiresAt"], "2026-11-23T11:15:00+00:00");
    assert!(
        message["media"]["url"]
            .as_str()
            .unwrap()
            .starts_with("http://127.0.0.1/media/")
    );
    assert_eq!(spent(&world, account).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn content_that_cannot_be_had_failed_says_why_and_costs_nothing() {
    let world = World::build().await;
    let account = capturer(&world, "FREE").await;
    world.fetcher.serve("/gone", Served::Expired);
    world.fetcher.serve("/large", Served::TooLarge);

    let gone = picture("/gone", &content(5));
    let large = picture("/large", &content(5));
    world
        .receive(
            account,
            &[view_once("A1", Some(gone)), view_once("A2", Some(large))],
        )
        .await;
    world.settle_media(2).await;

    let messages = messages(&world, account).await;
    let reasons: Vec<_> = messages
        .iter()
        .map(|message| {
            let text = |field: &str| message[field].as_str().unwrap();
            (text("failureReason"), text("failureMessage"))
        })
        .collect();
    assert!(
        messages
            .iter()
            .all(|message| message["outcome"] == "FAILED" && message["media"] == json!(null))
    );
    assert!(
        reasons.contains(&("EXPIRED", "WhatsApp no longer serves the file")),
        "{reasons:?}"
    );
    assert!(
        reasons.contains(&(
            "FETCH_FAILED",
            "the file is larger than the 100 MiB that this server fetches"
        )),
        "{reasons:?}"
    );
    assert_eq!(spent(&world, account).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_visible_change_is_one_event() {
    let world = World::build().await;
    let account = capturer(&world, "FREE").await;
    let before = world.events(account).await.len();

    world
        .receive(
            account,
            &[view_once("A1", None), view_once("A2", Some(served(&world, "/a")))],
        )
        .await;
    world.settle_media(1).await;

    let events = world.events(account).await.split_off(before);
    let subjects: Vec<_> = events.iter().map(|row| row.event.subject).collect();
    let kinds: Vec<_> = events.iter().map(|row| row.event.kind).collect();
    assert_eq!(
        kinds,
        [EventKind::ViewOnceMessageChanged, EventKind::ViewOnceCaptured]
    );
    assert_ne!(subjects[0], subjects[1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_recorded_while_capturing_is_off() {
    let (world, account) = World::with_user("PREMIUM").await;

    world
        .receive(
            account,
            &[view_once("A1", None), view_once("A2", Some(served(&world, "/a")))],
        )
        .await;

    assert!(messages(&world, account).await.is_empty());
    let mut tx = world.core.db.begin(account.user).await.unwrap();
    let count = |n: i64, what: &str| assert_eq!(n, 0, "{what}");
    count(
        view_once_messages::table
            .count()
            .get_result(&mut *tx)
            .await
            .unwrap(),
        "messages",
    );
    count(media::table.count().get_result(&mut *tx).await.unwrap(), "media");
    let recorded: i64 = messages_table::table.count().get_result(&mut *tx).await.unwrap();
    assert_eq!(recorded, 2, "that there was a message is recorded for everybody");
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_capture_that_is_under_way_when_it_is_turned_off_is_thrown_away() {
    let world = World::build().await;
    let account = capturer(&world, "FREE").await;
    world
        .receive(account, &[view_once("A1", Some(served(&world, "/a")))])
        .await;

    turn(&world, account, account, false).await;
    world.settle_media(1).await;

    let message = only(&world, account).await;
    assert_eq!(message["outcome"], "FAILED");
    assert_eq!(message["failureReason"], "TURNED_OFF");
    assert_eq!(
        message["failureMessage"],
        "capturing was turned off before the content came"
    );
    assert_eq!(spent(&world, account).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_owners_own_are_not_captured() {
    let world = World::build().await;
    let account = capturer(&world, "FREE").await;
    let own = Content::ViewOnce(Some(Box::new(served(&world, "/own"))));

    world
        .receive(
            account,
            &[arrives(message(
                Chat::Direct(alice()),
                owner(),
                "O1",
                noon(),
                own,
            ))],
        )
        .await;

    assert!(messages(&world, account).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redelivery_changes_nothing() {
    let world = World::build().await;
    let account = capturer(&world, "FREE").await;
    world.fetcher.serve("/gone", Served::Expired);
    let batch = [
        view_once("A1", None),
        view_once("A2", Some(served(&world, "/a"))),
        view_once("A3", Some(picture("/gone", b"x"))),
    ];
    world.receive(account, &batch).await;
    world.settle_media(2).await;
    let (before, events) = (messages(&world, account).await, world.events(account).await.len());

    world.receive(account, &batch).await;

    assert_eq!(messages(&world, account).await, before);
    assert_eq!(world.events(account).await.len(), events);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_in_a_group_is_captured_too() {
    let world = World::build().await;
    let account = capturer(&world, "FREE").await;
    let content = Content::ViewOnce(Some(Box::new(served(&world, "/g"))));

    world
        .receive(
            account,
            &[arrives(message(group(), alice(), "G1", noon(), content))],
        )
        .await;
    world.settle_media(1).await;

    let message = only(&world, account).await;
    assert_eq!(
        (&message["outcome"], &message["chat"]["kind"]),
        (&json!("CAPTURED"), &json!("GROUP"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_kept_of_it_is_sealed() {
    let world = World::build().await;
    let account = capturer(&world, "FREE").await;
    world
        .receive(account, &[view_once("A1", Some(served(&world, "/secret-path")))])
        .await;
    world.settle_media(1).await;

    let mut tx = world.core.db.begin(account.user).await.unwrap();
    let (caption, reference): (Option<Vec<u8>>, Option<Vec<u8>>) = view_once_messages::table
        .inner_join(media::table.on(view_once_messages::media_id.eq(media::id.nullable())))
        .select((view_once_messages::caption, media::reference))
        .first(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    let contains = |sealed: &[u8], plain: &[u8]| sealed.windows(plain.len()).any(|part| part == plain);
    assert!(!contains(&caption.unwrap(), b"only for you"));
    assert!(!contains(&reference.unwrap(), b"/secret-path"));
}
