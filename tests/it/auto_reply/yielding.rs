use amda::event::{Content, Event, LinkEvent, LogoutCause, Person, SendOutcome};
use serde_json::json;

use super::{asks, away, claim_all, minutes, outcomes, owner_says, said, update};
use crate::support::core::noon;
use crate::support::outbox::{queued, report_last};
use crate::support::whatsapp::{alice, bob, words};

#[tokio::test]
async fn the_owners_own_answer_takes_the_place_of_the_one_that_waits() {
    let (world, account) = away("FREE", json!({})).await;
    world
        .receive(account, &[asks(&world, alice(), "M1", "hello?")])
        .await;
    world
        .receive(account, &[asks(&world, bob(), "M2", "hello?")])
        .await;

    world
        .receive(account, &[owner_says(alice(), "W1", noon(), words("I am here"))])
        .await;

    assert_eq!(said(&world, account).await.len(), 1);
    let mut outcomes = outcomes(&world, account).await;
    outcomes.sort();
    assert_eq!(outcomes, ["QUEUED", "SKIPPED: ANSWERED_BY_OWNER"]);
}

#[tokio::test]
async fn it_is_found_by_whichever_name_the_owners_phone_uses() {
    let (world, account) = away("FREE", json!({})).await;
    world
        .receive(account, &[asks(&world, alice(), "M1", "hello?")])
        .await;
    let by_lid = Person {
        phone_number: None,
        ..alice()
    };

    world
        .receive(account, &[owner_says(by_lid, "W1", noon(), words("I am here"))])
        .await;

    assert_eq!(outcomes(&world, account).await, ["SKIPPED: ANSWERED_BY_OWNER"]);
}

#[tokio::test]
async fn what_the_owner_wrote_before_or_did_not_say_leaves_the_answer_alone() {
    let (world, account) = away("FREE", json!({})).await;
    world
        .receive(account, &[asks(&world, alice(), "M1", "hello?")])
        .await;
    let reaction = Content::Reaction {
        target_wa_id: "M1".to_owned(),
        emoji: Some("👍".to_owned()),
    };

    world
        .receive(
            account,
            &[
                owner_says(alice(), "W1", noon() - minutes(1), words("late news of mine")),
                owner_says(alice(), "W2", noon(), reaction),
            ],
        )
        .await;

    assert_eq!(outcomes(&world, account).await, ["QUEUED"]);
}

#[tokio::test]
async fn an_answer_of_the_owners_that_overtook_the_message_counts() {
    let (world, account) = away("FREE", json!({})).await;

    world
        .receive(
            account,
            &[
                owner_says(alice(), "W1", noon(), words("I am here")),
                asks(&world, alice(), "M1", "hello?"),
            ],
        )
        .await;

    assert_eq!(outcomes(&world, account).await, ["SKIPPED: ANSWERED_BY_OWNER"]);
}

#[tokio::test]
async fn an_answer_that_is_on_its_way_is_not_taken_back() {
    let (world, account) = away("FREE", json!({})).await;
    world
        .receive(account, &[asks(&world, alice(), "M1", "hello?")])
        .await;
    claim_all(&world, account).await;

    world
        .receive(account, &[owner_says(alice(), "W1", noon(), words("I am here"))])
        .await;
    assert_eq!(outcomes(&world, account).await, ["QUEUED"]);
    report_last(&world, account, SendOutcome::Sent).await;
    update(&world, account, account, json!({ "mode": "OFF" })).await;

    assert_eq!(outcomes(&world, account).await, ["SENT"]);
}

#[tokio::test]
async fn a_contact_whom_the_owner_answered_is_left_alone_for_the_cooldown() {
    let (world, account) = away("FREE", json!({})).await;
    world
        .receive(account, &[asks(&world, alice(), "M1", "hello?")])
        .await;
    world
        .receive(account, &[owner_says(alice(), "W1", noon(), words("I am here"))])
        .await;

    world.clock.advance(minutes(5));
    world
        .receive(account, &[asks(&world, alice(), "M2", "great")])
        .await;

    assert!(queued(&world, account).await.is_empty());
}

#[tokio::test]
async fn turning_it_off_takes_back_what_waits() {
    let (world, account) = away("FREE", json!({})).await;
    world
        .receive(account, &[asks(&world, alice(), "M1", "hello?")])
        .await;

    update(&world, account, account, json!({ "mode": "OFF" })).await;

    assert_eq!(outcomes(&world, account).await, ["SKIPPED: TURNED_OFF"]);
    assert!(queued(&world, account).await.is_empty());
}

#[tokio::test]
async fn what_waits_goes_with_the_link() {
    let logged_out = LinkEvent::LoggedOut {
        cause: LogoutCause::DeviceRemoved,
        message: "removed on the phone".to_owned(),
    };
    for gone in [LinkEvent::Replaced, logged_out] {
        let (world, account) = away("FREE", json!({})).await;
        world
            .receive(account, &[asks(&world, alice(), "M1", "hello?")])
            .await;

        world.receive(account, &[Event::Link(gone)]).await;

        assert_eq!(outcomes(&world, account).await, ["SKIPPED: UNLINKED"]);
        assert!(queued(&world, account).await.is_empty());
    }
}
