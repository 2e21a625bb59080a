//! Received events are durable before WhatsApp is acknowledged.

use std::collections::BTreeSet;

use amda::account::AccountRef;
use amda::event::{Chat, Content, Event, MediaKind, Muted, Outgoing, ReceiptKind, SendOutcome};
use amda::simulator::{Event as Happens, Fault, Media, ViewOnceForm};
use futures::FutureExt as _;
use serde_json::json;

use super::session_harness::{ALICE, PHONE, SessionHarness};

#[tokio::test]
async fn a_status_is_committed() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;

    let wa_id = harness.sees_a_status_of_alice().await;
    let message = harness.message(account, &wa_id).await;

    assert_eq!(message.chat, Chat::Status);
    assert_eq!(message.content, Content::Text("good morning".to_owned()));
    assert_eq!(message.sender.phone_number.as_deref(), Some(ALICE));
    assert!(message.sender.lid.is_some());
    harness.close().await;
}

#[tokio::test]
async fn a_message_that_was_not_committed_is_delivered_again_and_committed_once() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    harness.sink.fail(4);

    let wa_id = harness.hears_from_alice("keep this").await;
    let message = harness.message(account, &wa_id).await;
    harness.acknowledged().await;

    assert_eq!(harness.sink.failures_left(), 0);
    assert_eq!(message.content, Content::Text("keep this".to_owned()));
    assert_eq!(harness.count(account, &wa_id), 1);
    harness.close().await;
}

#[tokio::test]
async fn a_placeholder_that_was_not_committed_is_delivered_again_and_committed_once() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    harness.sink.fail(4);

    let wa_id = harness.simulator.perform(PHONE, view_once(false)).await.unwrap();
    let message = harness.message(account, &wa_id).await;
    harness.acknowledged().await;

    assert_eq!(harness.sink.failures_left(), 0);
    assert_eq!(message.content, Content::ViewOnce(None));
    assert_eq!(harness.count(account, &wa_id), 1);
    harness.close().await;
}

#[tokio::test]
async fn a_status_that_was_not_committed_is_delivered_again_and_committed_once() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    harness.sink.fail(4);

    let wa_id = harness.sees_a_status_of_alice().await;
    let status = harness.message(account, &wa_id).await;
    harness.acknowledged().await;

    assert_eq!(harness.sink.failures_left(), 0);
    assert_eq!(harness.count(account, &wa_id), 1);
    assert_eq!(status.content, Content::Text("good morning".to_owned()));
    assert_eq!(status.push_name.as_deref(), Some("Alice Alves"), "it is whole");
    harness.close().await;
}

#[tokio::test]
async fn a_status_that_was_not_committed_before_a_restart_is_committed_after_it() {
    let mut harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    harness.sink.fail(u32::MAX);
    let wa_id = harness.sees_a_status_of_alice().await;
    harness.wait_for_faults(1).await;
    harness.restart_server().await;

    harness.sink.fail(0);
    harness.supervisor.start(account).await.unwrap();
    harness.message(account, &wa_id).await;
    harness.acknowledged().await;

    assert_eq!(harness.count(account, &wa_id), 1);
    harness.close().await;
}

#[tokio::test]
async fn a_status_whose_commit_was_killed_with_the_server_is_committed_later() {
    let mut harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    harness.restart_server().await;
    let (doomed, _sessions) = harness.start_in_another_process(account).await;
    harness.sink.hang();
    let before = harness.decrypted();
    let status = harness.sees_a_status_of_alice().await;
    harness.wait_for_faults(1).await;
    // These are handed over while the first is being committed.
    let others = [
        harness.sees_a_status_of_alice().await,
        harness.hears_from_alice("and this").await,
    ];
    harness.wait_for_decrypted(before + 3).await;

    doomed.shutdown_background();
    harness.sink.fail(0);
    harness.supervisor.start(account).await.unwrap();

    harness.message(account, &status).await;
    for wa_id in &others {
        harness.message(account, wa_id).await;
    }
    harness.acknowledged().await;
    harness.close().await;
}

#[tokio::test]
async fn while_one_status_is_being_committed_the_next_is_read_and_neither_acknowledged() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    harness.acknowledged().await;

    let statuses = two_statuses_while_one_is_being_committed(&harness).await;
    assert!(
        harness
            .simulator
            .wait_until_acknowledged(PHONE)
            .now_or_never()
            .is_none(),
        "nothing is acknowledged before it is durable"
    );
    harness.sink.fail(0);
    harness.sink.resume();

    for wa_id in &statuses {
        harness.message(account, wa_id).await;
    }
    harness.acknowledged().await;
    harness.buffered(account, 0).await;
    harness.close().await;
}

#[tokio::test]
async fn messages_beyond_those_that_may_be_ahead_of_the_database_wait_and_none_is_lost() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    harness.acknowledged().await;
    harness.sink.hang();
    let before = harness.decrypted();

    let mut sent = Vec::new();
    for number in 1..=300 {
        sent.push(harness.hears_from_alice(&number.to_string()).await);
        if number % 50 == 0 {
            // 256 are handed over, and the next one waits for that.
            harness.wait_for_decrypted(before + number.min(257)).await;
        }
    }
    harness.sink.fail(0);
    harness.sink.resume();

    for wa_id in &sent {
        harness.message(account, wa_id).await;
    }
    harness.acknowledged().await;
    harness.close().await;
}

#[tokio::test]
async fn a_status_handed_over_behind_one_that_failed_is_committed_all_the_same() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    let statuses = two_statuses_while_one_is_being_committed(&harness).await;
    harness.sink.fail(4);
    harness.sink.resume();

    for wa_id in &statuses {
        harness.message(account, wa_id).await;
    }
    harness.acknowledged().await;

    harness.buffered(account, 0).await;
    harness.close().await;
}

/// Two statuses: the sink hangs on the first, and the second is handed over behind it.
async fn two_statuses_while_one_is_being_committed(harness: &SessionHarness) -> [String; 2] {
    harness.sink.hang();
    let before = harness.decrypted();
    let first = harness.sees_a_status_of_alice().await;
    harness.wait_for_faults(1).await;
    let second = harness.sees_a_status_of_alice().await;
    harness.wait_for_decrypted(before + 2).await;
    [first, second]
}

#[tokio::test]
async fn an_edit_is_read_whether_it_is_plain_or_sealed() {
    for is_encrypted in [false, true] {
        let mut harness = SessionHarness::open().await;
        let account = harness.a_linked_account().await;
        let words = harness.hears_from_alice("tonihgt at six").await;
        harness.message(account, &words).await;
        let picture = Happens::Message {
            from: ALICE.to_owned(),
            chat: None,
            text: Some("the see".to_owned()),
            media: Some(Media::Image),
        };
        let picture = harness.simulator.perform(PHONE, picture).await.unwrap();
        harness.message(account, &picture).await;
        // The secrets that decrypt a sealed edit outlast the server.
        harness.restart_server().await;
        harness.supervisor.start(account).await.unwrap();

        for (target_wa_id, text) in [(words, "tonight at six"), (picture, "the sea")] {
            let edit = json!({
                "kind": "edit", "from": ALICE, "messageId": target_wa_id, "text": text, "encrypted": is_encrypted,
            });
            let edit = serde_json::from_value(edit).unwrap();
            let wa_id = harness.simulator.perform(PHONE, edit).await.unwrap();

            let text = text.to_owned();
            let wanted = Content::Edit { target_wa_id, text };
            assert_eq!(
                harness.message(account, &wa_id).await.content,
                wanted,
                "sealed: {is_encrypted}"
            );
        }
        harness.close().await;
    }
}

#[tokio::test]
async fn messages_that_arrive_while_the_server_is_away_are_committed_later() {
    let mut harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    harness.restart_server().await;
    let first = harness.hears_from_alice("one").await;
    let second = harness.hears_from_alice("two").await;

    harness.supervisor.start(account).await.unwrap();

    harness.message(account, &first).await;
    harness.message(account, &second).await;
    harness.close().await;
}

#[tokio::test]
async fn a_message_delivered_twice_is_committed_once() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;

    harness.simulator.fail(PHONE, Fault::DuplicateNext).await.unwrap();
    let doubled = harness.hears_from_alice("twice").await;
    let next = harness.hears_from_alice("once").await;
    harness.message(account, &next).await;

    assert_eq!(harness.count(account, &doubled), 1);
    harness.close().await;
}

#[tokio::test]
async fn a_corrupt_message_is_reported_at_once_and_readable_after_its_second_delivery() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;

    harness.simulator.fail(PHONE, Fault::CorruptNext).await.unwrap();
    let wa_id = harness.hears_from_alice("legible").await;
    let undecrypted = harness.message(account, &wa_id).await;
    let readable = harness
        .wait_for_event(account, "the message in words", |event| match event {
            Event::Message(message) if message.wa_id == wa_id && message.content != Content::Undecrypted => {
                Some(message.content.clone())
            }
            _ => None,
        })
        .await;

    assert_eq!(undecrypted.content, Content::Undecrypted);
    assert_eq!(readable, Content::Text("legible".to_owned()));
    harness.close().await;
}

#[tokio::test]
async fn a_delivered_view_once_message_comes_with_its_keys() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;

    let wa_id = harness.simulator.perform(PHONE, view_once(true)).await.unwrap();
    let message = harness.message(account, &wa_id).await;

    let Content::ViewOnce(Some(media)) = message.content else {
        panic!("a view-once picture was wanted, not {:?}", message.content);
    };
    assert_eq!(media.kind, MediaKind::Image);
    harness.close().await;
}

#[tokio::test]
async fn the_owner_s_reply_on_the_phone_contains_the_view_once_message_that_it_quotes() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    let once = harness.simulator.perform(PHONE, view_once(false)).await.unwrap();

    let quote = Happens::QuoteViewOnce {
        from: PHONE.to_owned(),
        message_id: once.clone(),
        text: Some("nice".to_owned()),
    };
    let reply = harness.simulator.perform(PHONE, quote).await.unwrap();
    let message = harness.message(account, &reply).await;

    assert!(message.is_from_me);
    let quoted = message.quoted_view_once.unwrap();
    assert_eq!(quoted.wa_id, once);
    assert_eq!(quoted.media.kind, MediaKind::Image);
    harness.close().await;
}

#[tokio::test]
async fn a_deletion_of_one_s_own_message_names_no_other_author() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    let wa_id = harness.hears_from_alice("unsay this").await;
    harness.message(account, &wa_id).await;

    let delete = Happens::Delete {
        from: ALICE.to_owned(),
        message_id: wa_id.clone(),
    };
    harness.simulator.perform(PHONE, delete).await.unwrap();
    let target_sender = harness
        .wait_for_event(account, "the deletion", |event| match event {
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
    harness.close().await;
}

#[tokio::test]
async fn the_address_book_and_mutes_are_committed() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    let contact = harness
        .wait_for_event(account, "Alice's name", |event| match event {
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
    harness.simulator.perform(PHONE, mute).await.unwrap();
    let what = harness
        .wait_for_event(account, "the mute", |event| match event {
            Event::Mute(mute) if mute.is_muted => Some(mute.what),
            _ => None,
        })
        .await;

    assert_eq!(contact.phone_number.as_deref(), Some(ALICE));
    assert!(contact.lid.is_some());
    assert_eq!(what, Muted::Statuses);
    harness.close().await;
}

#[tokio::test]
async fn a_large_address_book_is_committed_whole() {
    let harness = SessionHarness::open().await;
    for number in 1..=1_100 {
        let (number, name) = (format!("55119777{number:05}"), format!("Contact {number}"));
        harness
            .simulator
            .add_contact(PHONE, &number, &name)
            .await
            .unwrap();
    }

    let account = harness.a_linked_account().await;
    is_named(&harness, account, "Contact 1100").await;

    let events = harness.sink.events.borrow().clone();
    let names = events.iter().filter_map(|(_, event)| match event {
        Event::Contact(change) => change.name.clone(),
        _ => None,
    });
    // Alice among them.
    assert_eq!(names.collect::<BTreeSet<_>>().len(), 1_101);
    harness.close().await;
}

#[tokio::test]
async fn a_contact_that_was_not_committed_is_asked_for_again() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    is_named(&harness, account, "Alice Alves").await;
    harness
        .sink
        .fail_at(4, |event| matches!(event, Event::Contact(_)));

    let number = "5511977776666";
    harness
        .simulator
        .add_contact(PHONE, number, "Bruno Lima")
        .await
        .unwrap();

    is_named(&harness, account, "Bruno Lima").await;
    assert_eq!(harness.sink.failures_left(), 0);
    harness.close().await;
}

/// Waits until the address book has a contact of this name.
async fn is_named(harness: &SessionHarness, account: AccountRef, name: &str) {
    harness
        .wait_for_event(account, &format!("the name {name}"), |event| match event {
            Event::Contact(change) => (change.name.as_deref() == Some(name)).then_some(()),
            _ => None,
        })
        .await;
}

#[tokio::test]
async fn a_contact_s_receipt_is_committed() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    let wa_id = harness.hears_from_alice("answer me").await;
    let alice = harness.message(account, &wa_id).await.sender;
    let answer = Outgoing::Text {
        to: alice,
        contact: harness.core.ids.next(),
        text: "later".to_owned(),
        timer_seconds: None,
    };
    let send = harness.send(account, &answer).await;
    assert_eq!(harness.settled(account, send).await, SendOutcome::Acked);
    let sent = harness
        .heard(PHONE, |sent| sent.text.as_deref() == Some("later"))
        .await;

    let read = Happens::Read {
        from: ALICE.to_owned(),
        message_id: sent.message_id.clone(),
    };
    harness.simulator.perform(PHONE, read).await.unwrap();
    let reader = harness
        .wait_for_event(account, "the receipt", |event| match event {
            Event::Receipt(receipt)
                if receipt.kind == ReceiptKind::Read && receipt.wa_ids.contains(&sent.message_id) =>
            {
                Some(receipt.from.clone())
            }
            _ => None,
        })
        .await;

    assert!(reader.lid.is_some() || reader.phone_number.is_some());
    harness.close().await;
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
