//! What is heard is durable before WhatsApp is told that it was heard.

use std::collections::BTreeSet;

use amda::account::AccountRef;
use amda::event::{Chat, Content, Event, MediaKind, Muted, Outgoing, ReceiptKind, SendOutcome};
use amda::simulator::{Event as Happens, Fault, Media, ViewOnceForm};
use futures::FutureExt as _;
use serde_json::json;

use super::scene::{ALICE, PHONE, Scene};

#[tokio::test]
async fn a_status_is_taken_in() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;

    let wa_id = scene.sees_a_status_of_alice().await;
    let message = scene.message(account, &wa_id).await;

    assert_eq!(message.chat, Chat::Status);
    assert_eq!(message.content, Content::Text("good morning".to_owned()));
    assert_eq!(message.sender.phone_number.as_deref(), Some(ALICE));
    assert!(message.sender.lid.is_some());
    scene.close().await;
}

#[tokio::test]
async fn a_message_that_was_not_kept_is_delivered_again_and_kept_once() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    scene.sink.fail(4);

    let wa_id = scene.hears_from_alice("keep this").await;
    let message = scene.message(account, &wa_id).await;
    scene.acknowledged().await;

    assert_eq!(scene.sink.failures_left(), 0);
    assert_eq!(message.content, Content::Text("keep this".to_owned()));
    assert_eq!(scene.count(account, &wa_id), 1);
    scene.close().await;
}

#[tokio::test]
async fn a_placeholder_that_was_not_kept_is_delivered_again_and_kept_once() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    scene.sink.fail(4);

    let wa_id = scene.simulator.perform(PHONE, view_once(false)).await.unwrap();
    let message = scene.message(account, &wa_id).await;
    scene.acknowledged().await;

    assert_eq!(scene.sink.failures_left(), 0);
    assert_eq!(message.content, Content::ViewOnce(None));
    assert_eq!(scene.count(account, &wa_id), 1);
    scene.close().await;
}

#[tokio::test]
async fn a_status_that_was_not_kept_is_delivered_again_and_kept_once() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    scene.sink.fail(4);

    let wa_id = scene.sees_a_status_of_alice().await;
    let status = scene.message(account, &wa_id).await;
    scene.acknowledged().await;

    assert_eq!(scene.sink.failures_left(), 0);
    assert_eq!(scene.count(account, &wa_id), 1);
    assert_eq!(status.content, Content::Text("good morning".to_owned()));
    assert_eq!(status.push_name.as_deref(), Some("Alice Alves"), "it is whole");
    scene.close().await;
}

#[tokio::test]
async fn a_status_that_was_not_kept_before_a_restart_is_kept_after_it() {
    let mut scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    scene.sink.fail(u32::MAX);
    let wa_id = scene.sees_a_status_of_alice().await;
    scene.in_trouble(1).await;
    scene.restart_server().await;

    scene.sink.fail(0);
    scene.supervisor.start(account).await.unwrap();
    scene.message(account, &wa_id).await;
    scene.acknowledged().await;

    assert_eq!(scene.count(account, &wa_id), 1);
    scene.close().await;
}

#[tokio::test]
async fn a_status_that_was_being_kept_when_the_server_was_killed_is_kept_later() {
    let mut scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    scene.restart_server().await;
    let (doomed, _sessions) = scene.start_in_another_process(account).await;
    scene.sink.hang();
    let status = scene.sees_a_status_of_alice().await;
    scene.in_trouble(1).await;
    // These are handed over while the first is being kept.
    let others = [
        scene.sees_a_status_of_alice().await,
        scene.hears_from_alice("and this").await,
    ];
    scene.buffered(account, 3).await;

    doomed.shutdown_background();
    scene.sink.fail(0);
    scene.supervisor.start(account).await.unwrap();

    scene.message(account, &status).await;
    for wa_id in &others {
        scene.message(account, wa_id).await;
    }
    scene.acknowledged().await;
    scene.close().await;
}

#[tokio::test]
async fn while_one_status_is_being_kept_the_next_is_read_and_neither_acknowledged() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    scene.acknowledged().await;

    let statuses = two_statuses_while_one_is_being_kept(&scene, account).await;
    assert!(
        scene
            .simulator
            .wait_until_acknowledged(PHONE)
            .now_or_never()
            .is_none(),
        "nothing is acknowledged before it is durable"
    );
    scene.sink.fail(0);
    scene.sink.go_on();

    for wa_id in &statuses {
        scene.message(account, wa_id).await;
    }
    scene.acknowledged().await;
    scene.buffered(account, 0).await;
    scene.close().await;
}

#[tokio::test]
async fn what_was_handed_over_behind_a_status_that_was_not_kept_is_kept_all_the_same() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    let statuses = two_statuses_while_one_is_being_kept(&scene, account).await;
    scene.sink.fail(4);
    scene.sink.go_on();

    for wa_id in &statuses {
        scene.message(account, wa_id).await;
    }
    scene.acknowledged().await;

    scene.buffered(account, 0).await;
    scene.close().await;
}

/// Two statuses of which the sink hangs on the first, and the second is handed over behind it.
async fn two_statuses_while_one_is_being_kept(scene: &Scene, account: AccountRef) -> [String; 2] {
    scene.sink.hang();
    let first = scene.sees_a_status_of_alice().await;
    scene.in_trouble(1).await;
    let second = scene.sees_a_status_of_alice().await;
    scene.buffered(account, 2).await;
    [first, second]
}

#[tokio::test]
async fn an_edit_is_read_whether_it_is_plain_or_sealed() {
    for is_encrypted in [false, true] {
        let mut scene = Scene::open().await;
        let account = scene.a_linked_account().await;
        let words = scene.hears_from_alice("tonihgt at six").await;
        scene.message(account, &words).await;
        let picture = Happens::Message {
            from: ALICE.to_owned(),
            chat: None,
            text: Some("the see".to_owned()),
            media: Some(Media::Image),
        };
        let picture = scene.simulator.perform(PHONE, picture).await.unwrap();
        scene.message(account, &picture).await;
        // What a sealed edit is opened with outlasts the server.
        scene.restart_server().await;
        scene.supervisor.start(account).await.unwrap();

        for (target_wa_id, text) in [(words, "tonight at six"), (picture, "the sea")] {
            let edit = json!({
                "kind": "edit", "from": ALICE, "messageId": target_wa_id, "text": text, "encrypted": is_encrypted,
            });
            let edit = serde_json::from_value(edit).unwrap();
            let wa_id = scene.simulator.perform(PHONE, edit).await.unwrap();

            let text = text.to_owned();
            let wanted = Content::Edit { target_wa_id, text };
            assert_eq!(
                scene.message(account, &wa_id).await.content,
                wanted,
                "sealed: {is_encrypted}"
            );
        }
        scene.close().await;
    }
}

#[tokio::test]
async fn what_comes_while_the_server_is_away_is_taken_in_later() {
    let mut scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    scene.restart_server().await;
    let first = scene.hears_from_alice("one").await;
    let second = scene.hears_from_alice("two").await;

    scene.supervisor.start(account).await.unwrap();
    let late = scene.message(account, &first).await;
    scene.message(account, &second).await;

    assert!(late.is_offline);
    scene.close().await;
}

#[tokio::test]
async fn a_message_delivered_twice_is_taken_in_once() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;

    scene.simulator.fail(PHONE, Fault::DuplicateNext).await.unwrap();
    let doubled = scene.hears_from_alice("twice").await;
    let next = scene.hears_from_alice("once").await;
    scene.message(account, &next).await;

    assert_eq!(scene.count(account, &doubled), 1);
    scene.close().await;
}

#[tokio::test]
async fn a_corrupt_message_is_named_at_once_and_readable_when_it_came_again() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;

    scene.simulator.fail(PHONE, Fault::CorruptNext).await.unwrap();
    let wa_id = scene.hears_from_alice("legible").await;
    let undecrypted = scene.message(account, &wa_id).await;
    let readable = scene
        .told(account, "the message in words", |event| match event {
            Event::Message(message) if message.wa_id == wa_id && message.content != Content::Undecrypted => {
                Some(message.content.clone())
            }
            _ => None,
        })
        .await;

    assert_eq!(undecrypted.content, Content::Undecrypted);
    assert_eq!(readable, Content::Text("legible".to_owned()));
    scene.close().await;
}

#[tokio::test]
async fn a_delivered_view_once_message_comes_with_its_keys() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;

    let wa_id = scene.simulator.perform(PHONE, view_once(true)).await.unwrap();
    let message = scene.message(account, &wa_id).await;

    let Content::ViewOnce(Some(media)) = message.content else {
        panic!("a view-once picture was wanted, not {:?}", message.content);
    };
    assert_eq!(media.kind, MediaKind::Image);
    scene.close().await;
}

#[tokio::test]
async fn the_owner_s_reply_on_the_phone_gives_a_view_once_message_away() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    let once = scene.simulator.perform(PHONE, view_once(false)).await.unwrap();

    let quote = Happens::QuoteViewOnce {
        from: PHONE.to_owned(),
        message_id: once.clone(),
        text: Some("nice".to_owned()),
    };
    let reply = scene.simulator.perform(PHONE, quote).await.unwrap();
    let message = scene.message(account, &reply).await;

    assert!(message.is_from_me);
    let quoted = message.quoted_view_once.unwrap();
    assert_eq!(quoted.wa_id, once);
    assert_eq!(quoted.media.kind, MediaKind::Image);
    scene.close().await;
}

#[tokio::test]
async fn deletions_tell_who_claims_to_own_the_message() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    let wa_id = scene.hears_from_alice("unsay this").await;
    scene.message(account, &wa_id).await;

    let delete = Happens::Delete {
        from: ALICE.to_owned(),
        message_id: wa_id.clone(),
    };
    scene.simulator.perform(PHONE, delete).await.unwrap();
    let target_sender = scene
        .told(account, "the deletion", |event| match event {
            Event::Message(message) => match &message.content {
                Content::Revoke {
                    target_wa_id,
                    target_sender,
                    ..
                } if *target_wa_id == wa_id => Some(target_sender.clone()),
                _ => None,
            },
            _ => None,
        })
        .await;

    assert_eq!(target_sender, None);
    scene.close().await;
}

#[tokio::test]
async fn the_address_book_and_mutes_are_taken_in() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    let contact = scene
        .told(account, "Alice's name", |event| match event {
            Event::Contact(change) if change.name.as_deref() == Some("Alice Alves") => {
                Some(change.person.clone())
            }
            _ => None,
        })
        .await;

    let mute = Happens::Mute {
        from: ALICE.to_owned(),
        status: true,
        muted: true,
    };
    scene.simulator.perform(PHONE, mute).await.unwrap();
    let what = scene
        .told(account, "the mute", |event| match event {
            Event::Mute(mute) if mute.is_muted => Some(mute.what),
            _ => None,
        })
        .await;

    assert_eq!(contact.phone_number.as_deref(), Some(ALICE));
    assert!(contact.lid.is_some());
    assert_eq!(what, Muted::Statuses);
    scene.close().await;
}

#[tokio::test]
async fn an_address_book_that_is_told_at_once_is_taken_in_whole() {
    let scene = Scene::open().await;
    for number in 1..=1_100 {
        let (number, name) = (format!("55119777{number:05}"), format!("Contact {number}"));
        scene.simulator.add_contact(PHONE, &number, &name).await.unwrap();
    }

    let account = scene.a_linked_account().await;
    is_named(&scene, account, "Contact 1100").await;

    let told = scene.sink.told.borrow().clone();
    let names = told.iter().filter_map(|(_, event)| match event {
        Event::Contact(change) => change.name.clone(),
        _ => None,
    });
    // Alice among them.
    assert_eq!(names.collect::<BTreeSet<_>>().len(), 1_101);
    scene.close().await;
}

#[tokio::test]
async fn a_contact_that_was_not_kept_is_asked_for_again() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    is_named(&scene, account, "Alice Alves").await;
    scene.sink.fail_at(4, |event| matches!(event, Event::Contact(_)));

    let number = "5511977776666";
    scene
        .simulator
        .add_contact(PHONE, number, "Bruno Lima")
        .await
        .unwrap();

    is_named(&scene, account, "Bruno Lima").await;
    assert_eq!(scene.sink.failures_left(), 0);
    scene.close().await;
}

/// Waits until the address book has somebody of this name.
async fn is_named(scene: &Scene, account: AccountRef, name: &str) {
    scene
        .told(account, &format!("the name {name}"), |event| match event {
            Event::Contact(change) => (change.name.as_deref() == Some(name)).then_some(()),
            _ => None,
        })
        .await;
}

#[tokio::test]
async fn a_contact_s_receipt_is_taken_in() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    let wa_id = scene.hears_from_alice("answer me").await;
    let alice = scene.message(account, &wa_id).await.sender;
    let answer = Outgoing::Text {
        to: alice,
        contact: scene.core.ids.next(),
        text: "later".to_owned(),
    };
    let send = scene.send(account, &answer).await;
    assert_eq!(scene.settled(account, send).await, SendOutcome::Acked);
    let sent = scene
        .heard(PHONE, |sent| sent.text.as_deref() == Some("later"))
        .await;

    let read = Happens::Read {
        from: ALICE.to_owned(),
        message_id: sent.message_id.clone(),
    };
    scene.simulator.perform(PHONE, read).await.unwrap();
    let reader = scene
        .told(account, "the receipt", |event| match event {
            Event::Receipt(receipt)
                if receipt.kind == ReceiptKind::Read && receipt.wa_ids.contains(&sent.message_id) =>
            {
                Some(receipt.from.clone())
            }
            _ => None,
        })
        .await;

    assert!(reader.lid.is_some() || reader.phone_number.is_some());
    scene.close().await;
}

fn view_once(delivered: bool) -> Happens {
    Happens::ViewOnce {
        from: ALICE.to_owned(),
        chat: None,
        text: None,
        media: Some(Media::Image),
        delivered,
        form: ViewOnceForm::ViewOnceMessageV2,
    }
}
