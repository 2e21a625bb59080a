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
async fn a_timelock_takes_back_what_waits_and_is_told_once() {
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
    // WhatsApp, asked, tells the real end.
    for hours in [24, 3] {
        pause(&world, account, minutes(hours * 60)).await;
    }
    world.clock.advance(minutes(1));
    world
        .receive(account, &[asks(&world, person(3), "M3", "hello?")])
        .await;

    assert_eq!(
        outcomes(&world, account).await,
        ["REJECTED: 463", "SKIPPED: paused", "SKIPPED: paused"]
    );
    let told = notices(&world, account, "REPLIES_PAUSED").await;
    assert_eq!(told, [json!({ "until": "2026-11-24T11:01:00Z" })]);
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
        ["SKIPPED: paused", "QUEUED", "QUEUED"]
    );
}

#[tokio::test]
async fn each_pause_is_told_to_whoever_answers_and_to_nobody_else() {
    let (world, account) = away("FREE", json!({})).await;
    let told = async || notices(&world, account, "REPLIES_PAUSED").await.len();

    pause(&world, account, minutes(60)).await;
    world.clock.advance(minutes(59));
    pause(&world, account, minutes(60)).await;
    assert_eq!(told().await, 1);
    world.clock.advance(minutes(60));
    pause(&world, account, minutes(60)).await;
    assert_eq!(told().await, 2);
    super::update(&world, account, account, json!({ "mode": "OFF" })).await;
    world.clock.advance(minutes(90));
    pause(&world, account, minutes(60)).await;
    assert_eq!(told().await, 2);
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

    assert_eq!(outcomes(&world, account).await, ["SKIPPED: paused", "QUEUED"]);
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

    assert_eq!(outcomes(&world, account).await, ["SKIPPED: waited too long"]);
    assert!(said(&world, account).await.is_empty());
}
