//! A placeholder whose content comes after it.

use amda::whatsapp::event::{Chat, Content, Person};
use serde_json::json;

use super::{
    alice, arrives, capturer, group, message, messages, only, owner, person, reply_to, served, view_once,
};
use crate::support::darkroom::{Darkroom, Served, picture};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_owners_reply_upgrades_the_placeholder() {
    let room = Darkroom::build().await;
    let account = capturer(&room, "FREE").await;
    room.tell(account, &[view_once("A1", None)]).await;
    let placeholder = only(&room, account).await;

    room.tell(account, &[reply_to("A1", alice(), served(&room, "/a"))])
        .await;
    let waiting = only(&room, account).await;
    assert_eq!(
        (&waiting["outcome"], &waiting["isCapturing"]),
        (&json!("NOT_DELIVERED"), &json!(true))
    );
    room.settle(1).await;

    let message = only(&room, account).await;
    assert_eq!(message["id"], placeholder["id"]);
    assert_eq!(
        (&message["outcome"], &message["kind"]),
        (&json!("CAPTURED"), &json!("IMAGE"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_that_names_the_sender_otherwise_finds_the_same_message() {
    let room = Darkroom::build().await;
    let account = capturer(&room, "FREE").await;
    let by_lid = Person {
        phone_number: None,
        ..alice()
    };
    let by_phone = Person { lid: None, ..alice() };
    let content = Content::ViewOnce(None);
    room.tell(
        account,
        &[arrives(message(Chat::Direct(alice()), by_lid, "A1", content))],
    )
    .await;

    room.tell(account, &[reply_to("A1", by_phone, served(&room, "/a"))])
        .await;
    room.settle(1).await;

    assert_eq!(only(&room, account).await["outcome"], "CAPTURED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_later_delivery_with_content_upgrades_the_placeholder() {
    let room = Darkroom::build().await;
    let account = capturer(&room, "FREE").await;

    room.tell(account, &[view_once("A1", None)]).await;
    room.tell(account, &[view_once("A1", Some(served(&room, "/a")))])
        .await;
    room.settle(1).await;

    assert_eq!(only(&room, account).await["outcome"], "CAPTURED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quoted_message_that_was_never_seen_is_recorded() {
    let room = Darkroom::build().await;
    let account = capturer(&room, "FREE").await;

    room.tell(account, &[reply_to("A1", alice(), served(&room, "/a"))])
        .await;
    room.settle(1).await;

    let message = only(&room, account).await;
    assert_eq!(message["outcome"], "CAPTURED");
    assert_eq!(message["sender"]["phoneNumber"], "+49151001");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn content_at_another_place_is_tried_after_one_that_failed() {
    let room = Darkroom::build().await;
    let account = capturer(&room, "FREE").await;
    room.fetcher.serve("/gone", Served::Expired);
    room.tell(account, &[view_once("A1", Some(picture("/gone", b"x")))])
        .await;
    room.settle(1).await;
    assert_eq!(only(&room, account).await["outcome"], "FAILED");

    room.tell(account, &[reply_to("A1", alice(), served(&room, "/fresh"))])
        .await;
    room.settle(1).await;

    let message = only(&room, account).await;
    assert_eq!(
        (&message["outcome"], &message["reason"]),
        (&json!("CAPTURED"), &json!(null))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_captured_stays_as_it_is_when_it_is_quoted() {
    let room = Darkroom::build().await;
    let account = capturer(&room, "FREE").await;
    room.tell(account, &[view_once("A1", Some(served(&room, "/a")))])
        .await;
    room.settle(1).await;
    let before = (only(&room, account).await, room.events(account).await.len());

    room.tell(account, &[reply_to("A1", alice(), served(&room, "/other"))])
        .await;

    assert_eq!(
        (only(&room, account).await, room.events(account).await.len()),
        before
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_owners_reply_counts_and_not_to_the_owners_own() {
    let room = Darkroom::build().await;
    let account = capturer(&room, "FREE").await;
    let of_own = reply_to("O1", owner(), served(&room, "/own"));
    let of_nobody = reply_to("N1", Person::default(), served(&room, "/nobody"));
    let mut by_bob = message(group(), person(2), "B1", Content::Text("look".to_owned()));
    let amda::whatsapp::event::Event::Message(reply) = reply_to("A1", alice(), served(&room, "/a")) else {
        panic!("a reply is a message")
    };
    by_bob.quoted_view_once = reply.quoted_view_once;

    room.tell(account, &[of_own, of_nobody, arrives(by_bob)]).await;

    assert!(messages(&room, account).await.is_empty());
}
