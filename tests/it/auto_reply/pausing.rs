use amda::account::AccountRef;
use amda::db::schema::notifications;
use amda::event::{Event, Pause, SendOutcome};
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};

use super::{asks, away, minutes, outcomes, refused, said};
use crate::support::outbox::{queued, report, report_last};
use crate::support::whatsapp::{alice, bob, person};
use crate::support::world::World;

/// The notices of a kind: their details.
async fn notices(world: &World, account: AccountRef, kind: &str) -> Vec<Value> {
    let mut work = world.core.begin(account.user).await.unwrap();
    let found = notifications::table
        .filter(notifications::kind.eq(kind))
        .order(notifications::id)
        .select(notifications::details)
        .load(&mut *work)
        .await
        .unwrap();
    work.commit().await.unwrap();
    found
}

/// WhatsApp wants nothing sent for so long.
async fn pause(world: &World, account: AccountRef, length: TimeDelta) {
    let pause = Pause {
        until: world.core.clock.now() + length,
        code: "463".to_owned(),
    };
    world.receive(account, &[Event::Pause(pause)]).await;
}

#[tokio::test]
async fn a_long_pause_takes_back_what_waits() {
    let (world, account) = away("FREE", json!({})).await;
    world
        .receive(account, &[asks(&world, alice(), "M1", "hello?")])
        .await;
    let refused_send = queued(&world, account).await[0].send;
    report(&world, account, refused_send, SendOutcome::Sent).await;
    world.clock.advance(minutes(1));
    world
        .receive(account, &[asks(&world, bob(), "M2", "hello?")])
        .await;

    report(&world, account, refused_send, refused("463")).await;
    pause(&world, account, minutes(180)).await;
    world.clock.advance(minutes(1));
    world
        .receive(account, &[asks(&world, person(3), "M3", "hello?")])
        .await;

    assert_eq!(
        outcomes(&world, account).await,
        ["REJECTED: 463", "SKIPPED: RISK_BUDGET", "SKIPPED: RISK_BUDGET"]
    );
}

#[tokio::test]
async fn answers_that_are_still_of_use_at_the_end_of_a_pause_wait_for_it() {
    let (world, account) = away("FREE", json!({})).await;
    world
        .receive(account, &[asks(&world, alice(), "M1", "hello?")])
        .await;
    world.clock.advance(minutes(5));
    world
        .receive(account, &[asks(&world, bob(), "M2", "hello?")])
        .await;

    // Alice's answer would be 17 minutes old at the end, Bob's 12.
    pause(&world, account, minutes(12)).await;

    assert_eq!(
        outcomes(&world, account).await,
        ["SKIPPED: RISK_BUDGET", "QUEUED"]
    );
}

#[tokio::test]
async fn answers_go_on_when_the_pause_is_over_or_soon_will_be() {
    let (world, account) = away("FREE", json!({})).await;

    pause(&world, account, minutes(16)).await;
    world
        .receive(account, &[asks(&world, alice(), "M1", "hello?")])
        .await;
    world.clock.advance(minutes(1));
    world
        .receive(account, &[asks(&world, bob(), "M2", "hello?")])
        .await;
    world.clock.advance(minutes(15));
    world
        .receive(account, &[asks(&world, alice(), "M3", "hello!")])
        .await;

    assert_eq!(
        outcomes(&world, account).await,
        ["SKIPPED: RISK_BUDGET", "QUEUED", "QUEUED"]
    );
}

#[tokio::test]
async fn each_pause_is_told_once_and_again_when_its_end_turns_out_to_be_another() {
    let (world, account) = World::with_user("FREE").await;
    let until = |at: &str| json!({ "until": at, "code": "463" });

    for hours in [24, 24, 3] {
        pause(&world, account, minutes(hours * 60)).await;
    }

    let told = notices(&world, account, "SENDS_PAUSED").await;
    assert_eq!(
        told,
        [
            until("2026-11-24T11:00:00+00:00"),
            until("2026-11-23T14:00:00+00:00")
        ]
    );
}

#[tokio::test]
async fn a_pause_that_is_over_when_it_is_known_is_not_told() {
    let (world, account) = World::with_user("FREE").await;

    pause(&world, account, minutes(-1)).await;

    assert!(notices(&world, account, "SENDS_PAUSED").await.is_empty());
}

#[tokio::test]
async fn an_answer_that_never_left_does_not_silence_its_contact() {
    let (world, account) = away("FREE", json!({ "cooldownMinutes": 600 })).await;
    world
        .receive(account, &[asks(&world, alice(), "M1", "hello?")])
        .await;

    pause(&world, account, minutes(60)).await;
    world.clock.advance(minutes(61));
    world
        .receive(account, &[asks(&world, alice(), "M2", "are you there?")])
        .await;

    assert_eq!(
        outcomes(&world, account).await,
        ["SKIPPED: RISK_BUDGET", "QUEUED"]
    );
}

#[tokio::test]
async fn an_answer_that_waited_longer_than_it_is_of_use_is_skipped() {
    let (world, account) = away("FREE", json!({})).await;
    world
        .receive(account, &[asks(&world, alice(), "M1", "hello?")])
        .await;
    let given_up = SendOutcome::Failed {
        reason: "it waited too long to be of use".to_owned(),
    };

    world.clock.advance(minutes(16));
    report_last(&world, account, given_up).await;

    assert_eq!(outcomes(&world, account).await, ["SKIPPED: WAITED_TOO_LONG"]);
    assert!(said(&world, account).await.is_empty());
}
