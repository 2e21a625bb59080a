//! The history that the phone sends after a new link.

use amda::account::AccountRef;
use amda::event::{Chat, Event, TimerOfChat};
use amda::simulator::Event as Happens;
use serde_json::{Value, json};

use super::session_harness::{ALICE, PHONE, SessionHarness};

const BRUNO: &str = "5511977776666";

async fn happens(harness: &SessionHarness, event: Value) {
    let event: Happens = serde_json::from_value(event).unwrap();
    harness.simulator.perform(PHONE, event).await.unwrap();
}

/// Waits for a timer that the history told.
async fn timer(harness: &SessionHarness, account: AccountRef, chat: &str) -> TimerOfChat {
    harness
        .wait_for_event(account, "the timer of a chat", |event| match event {
            Event::Timer(told) if is_of(&told.chat, chat) => Some(told.clone()),
            _ => None,
        })
        .await
}

fn is_of(chat: &Chat, wanted: &str) -> bool {
    match chat {
        Chat::Direct(person) => person.phone_number.as_deref() == Some(wanted),
        Chat::Group(jid) => jid.0 == wanted,
        Chat::Status | Chat::Channel(_) => false,
    }
}

#[tokio::test]
async fn the_timers_that_were_set_before_the_link_are_taken_from_the_history_and_nothing_else_is() {
    let harness = SessionHarness::open().await;
    harness
        .simulator
        .add_contact(PHONE, BRUNO, "Bruno")
        .await
        .unwrap();
    let group = harness
        .simulator
        .create_group(PHONE, "Friends", &[ALICE, BRUNO])
        .await
        .unwrap();
    happens(
        &harness,
        json!({"kind": "message", "from": ALICE, "text": "long ago"}),
    )
    .await;
    happens(
        &harness,
        json!({"kind": "setTimer", "from": ALICE, "seconds": 86_400}),
    )
    .await;
    happens(
        &harness,
        json!({"kind": "setTimer", "from": ALICE, "chat": group, "seconds": 7_776_000}),
    )
    .await;
    happens(
        &harness,
        json!({"kind": "setTimer", "from": BRUNO, "seconds": 604_800}),
    )
    .await;
    happens(&harness, json!({"kind": "setTimer", "from": BRUNO, "seconds": 0})).await;

    let account = harness.a_linked_account().await;

    let of_alice = timer(&harness, account, ALICE).await;
    let of_group = timer(&harness, account, &group).await;
    assert_eq!(
        (of_alice.timer.seconds, of_group.timer.seconds),
        (86_400, 7_776_000)
    );
    assert!(
        of_alice.timer.set_at <= harness.now()
            && of_alice.timer.set_at > harness.now() - chrono::TimeDelta::hours(1)
    );
    let received = harness.sink.events.borrow().clone();
    let count = |wanted: fn(&Event) -> bool| received.iter().filter(|(_, event)| wanted(event)).count();
    assert_eq!(
        count(|event| matches!(event, Event::Timer(_))),
        2,
        "{received:#?}"
    );
    assert_eq!(
        count(|event| matches!(event, Event::Message(_))),
        0,
        "{received:#?}"
    );
    harness.close().await;
}

#[tokio::test]
async fn a_history_that_cannot_be_committed_leaves_the_link_as_it_is() {
    let harness = SessionHarness::open().await;
    happens(
        &harness,
        json!({"kind": "setTimer", "from": ALICE, "seconds": 86_400}),
    )
    .await;
    harness.sink.fail_at(9, |event| matches!(event, Event::Timer(_)));

    let account = harness.a_linked_account().await;
    harness.wait_for_faults(3).await;

    happens(
        &harness,
        json!({"kind": "message", "from": ALICE, "text": "still here"}),
    )
    .await;
    harness
        .wait_for_event(account, "a message", |event| match event {
            Event::Message(message) if message.content.text() == Some("still here") => Some(()),
            _ => None,
        })
        .await;
    harness.close().await;
}
