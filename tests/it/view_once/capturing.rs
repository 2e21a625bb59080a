//! What becomes of a view-once message.

use amda::db::schema::{media, messages as messages_table, view_once_messages};
use amda::event::{Chat, Content};
use amda::hub::EventKind;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::json;

use super::{
    alice, arrives, capturer, group, message, messages, only, owner, served, spent, turn, view_once,
};
use crate::support::darkroom::{Darkroom, Served, content, picture};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_placeholder_is_not_delivered_and_costs_nothing() {
    let room = Darkroom::build().await;
    let account = capturer(&room, "FREE").await;

    room.tell(account, &[view_once("A1", None)]).await;

    let message = only(&room, account).await;
    assert_eq!(message["outcome"], "NOT_DELIVERED");
    assert_eq!(message["kind"], json!(null));
    assert_eq!(message["media"], json!(null));
    assert_eq!(message["sender"]["phoneNumber"], "+49151001");
    assert_eq!(spent(&room, account).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn content_that_is_delivered_is_captured_and_shown_with_its_link() {
    let room = Darkroom::build().await;
    let account = capturer(&room, "FREE").await;

    room.tell(account, &[view_once("A1", Some(served(&room, "/a")))])
        .await;
    assert_eq!(
        messages(&room, account).await.len(),
        0,
        "not shown before it came to an outcome"
    );
    room.settle(1).await;

    let message = only(&room, account).await;
    assert_eq!(message["outcome"], "CAPTURED");
    assert_eq!(message["reason"], json!(null));
    assert_eq!(
        (&message["kind"], &message["caption"]),
        (&json!("IMAGE"), &json!("only for you"))
    );
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
    assert_eq!(spent(&room, account).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn content_that_cannot_be_had_failed_says_why_and_costs_nothing() {
    let room = Darkroom::build().await;
    let account = capturer(&room, "FREE").await;
    room.fetcher.serve("/gone", Served::Expired);
    room.fetcher.serve("/large", Served::TooLarge);

    let gone = picture("/gone", &content(5));
    let large = picture("/large", &content(5));
    room.tell(
        account,
        &[view_once("A1", Some(gone)), view_once("A2", Some(large))],
    )
    .await;
    room.settle(2).await;

    let messages = messages(&room, account).await;
    let reasons: Vec<_> = messages
        .iter()
        .map(|message| message["reason"].as_str().unwrap())
        .collect();
    assert!(
        messages
            .iter()
            .all(|message| message["outcome"] == "FAILED" && message["media"] == json!(null))
    );
    assert!(
        reasons.contains(&"WhatsApp no longer serves the file"),
        "{reasons:?}"
    );
    assert!(
        reasons.contains(&"the file is larger than the 8 MiB that this server fetches"),
        "{reasons:?}"
    );
    assert_eq!(spent(&room, account).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_visible_change_is_one_event() {
    let room = Darkroom::build().await;
    let account = capturer(&room, "FREE").await;
    let before = room.events(account).await.len();

    room.tell(
        account,
        &[view_once("A1", None), view_once("A2", Some(served(&room, "/a")))],
    )
    .await;
    room.settle(1).await;

    let events = room.events(account).await.split_off(before);
    let subjects: Vec<_> = events.iter().map(|row| row.event.subject).collect();
    assert_eq!(events.len(), 2, "{events:#?}");
    assert!(
        events
            .iter()
            .all(|row| row.event.kind == EventKind::ViewOnceCaptured)
    );
    assert_ne!(subjects[0], subjects[1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_recorded_while_capturing_is_off() {
    let room = Darkroom::build().await;
    let account = room.user("PREMIUM").await;

    room.tell(
        account,
        &[view_once("A1", None), view_once("A2", Some(served(&room, "/a")))],
    )
    .await;

    assert!(messages(&room, account).await.is_empty());
    let mut tx = room.core.db.begin(account.user).await.unwrap();
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
    let room = Darkroom::build().await;
    let account = capturer(&room, "FREE").await;
    room.tell(account, &[view_once("A1", Some(served(&room, "/a")))])
        .await;

    turn(&room, account, account, false).await;
    room.settle(1).await;

    let message = only(&room, account).await;
    assert_eq!(message["outcome"], "FAILED");
    assert_eq!(
        message["reason"],
        "capturing was turned off before the content came"
    );
    assert_eq!(spent(&room, account).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_owners_own_are_not_captured() {
    let room = Darkroom::build().await;
    let account = capturer(&room, "FREE").await;
    let own = Content::ViewOnce(Some(Box::new(served(&room, "/own"))));

    room.tell(
        account,
        &[arrives(message(Chat::Direct(alice()), owner(), "O1", own))],
    )
    .await;

    assert!(messages(&room, account).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redelivery_changes_nothing() {
    let room = Darkroom::build().await;
    let account = capturer(&room, "FREE").await;
    room.fetcher.serve("/gone", Served::Expired);
    let batch = [
        view_once("A1", None),
        view_once("A2", Some(served(&room, "/a"))),
        view_once("A3", Some(picture("/gone", b"x"))),
    ];
    room.tell(account, &batch).await;
    room.settle(2).await;
    let (before, events) = (messages(&room, account).await, room.events(account).await.len());

    room.tell(account, &batch).await;

    assert_eq!(messages(&room, account).await, before);
    assert_eq!(room.events(account).await.len(), events);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_in_a_group_is_captured_too() {
    let room = Darkroom::build().await;
    let account = capturer(&room, "FREE").await;
    let content = Content::ViewOnce(Some(Box::new(served(&room, "/g"))));

    room.tell(account, &[arrives(message(group(), alice(), "G1", content))])
        .await;
    room.settle(1).await;

    let message = only(&room, account).await;
    assert_eq!(
        (&message["outcome"], &message["chat"]["kind"]),
        (&json!("CAPTURED"), &json!("GROUP"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_kept_of_it_is_sealed() {
    let room = Darkroom::build().await;
    let account = capturer(&room, "FREE").await;
    room.tell(account, &[view_once("A1", Some(served(&room, "/secret-path")))])
        .await;
    room.settle(1).await;

    let mut tx = room.core.db.begin(account.user).await.unwrap();
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
