use amda::account::AccountRef;
use amda::db::schema::notifications;
use amda::event::{Event, Pause, SendOutcome};
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};

use super::{asks, away, minutes, news, outcomes, outgoing, refused, said, tell_of};
use crate::support::linked::House;
use crate::support::whatsapp::{alice, bob, person};

/// The notices of a kind: their details.
async fn notices(house: &House, account: AccountRef, kind: &str) -> Vec<Value> {
    let mut work = house.core.begin(account.user).await.unwrap();
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
async fn pause(house: &House, account: AccountRef, length: TimeDelta) {
    let pause = Pause {
        until: house.core.clock.now() + length,
        code: "463".to_owned(),
    };
    house.tell(account, &[Event::Pause(pause)]).await;
}

#[tokio::test]
async fn a_timelock_takes_back_what_waits_and_is_told_once() {
    let (house, account) = away("FREE", json!({})).await;
    house
        .tell(account, &[asks(&house, alice(), "M1", "hello?")])
        .await;
    let (refused_send, ..) = outgoing(&house, account).await[0].clone();
    tell_of(&house, account, refused_send, SendOutcome::Sent).await;
    house.clock.advance(minutes(1));
    house.tell(account, &[asks(&house, bob(), "M2", "hello?")]).await;

    tell_of(&house, account, refused_send, refused("463")).await;
    // WhatsApp, asked, tells the real end.
    for hours in [24, 3] {
        pause(&house, account, minutes(hours * 60)).await;
    }
    house.clock.advance(minutes(1));
    house
        .tell(account, &[asks(&house, person(3), "M3", "hello?")])
        .await;

    assert_eq!(
        outcomes(&house, account).await,
        ["REJECTED: 463", "SKIPPED: paused", "SKIPPED: paused"]
    );
    let told = notices(&house, account, "REPLIES_PAUSED").await;
    assert_eq!(told, [json!({ "until": "2026-11-24T11:01:00Z" })]);
}

#[tokio::test]
async fn answers_go_on_when_the_pause_is_over_or_soon_will_be() {
    let (house, account) = away("FREE", json!({})).await;

    pause(&house, account, minutes(16)).await;
    house
        .tell(account, &[asks(&house, alice(), "M1", "hello?")])
        .await;
    house.clock.advance(minutes(1));
    house.tell(account, &[asks(&house, bob(), "M2", "hello?")]).await;
    house.clock.advance(minutes(15));
    house
        .tell(account, &[asks(&house, alice(), "M3", "hello!")])
        .await;

    assert_eq!(
        outcomes(&house, account).await,
        ["SKIPPED: paused", "QUEUED", "QUEUED"]
    );
}

#[tokio::test]
async fn each_pause_is_told_to_whoever_answers_and_to_nobody_else() {
    let (house, account) = away("FREE", json!({})).await;
    let told = async || notices(&house, account, "REPLIES_PAUSED").await.len();

    pause(&house, account, minutes(60)).await;
    house.clock.advance(minutes(59));
    pause(&house, account, minutes(60)).await;
    assert_eq!(told().await, 1);
    house.clock.advance(minutes(60));
    pause(&house, account, minutes(60)).await;
    assert_eq!(told().await, 2);
    super::update(&house, account, account, json!({ "mode": "OFF" })).await;
    house.clock.advance(minutes(90));
    pause(&house, account, minutes(60)).await;
    assert_eq!(told().await, 2);
}

#[tokio::test]
async fn an_answer_that_never_left_does_not_silence_its_contact() {
    let (house, account) = away("FREE", json!({ "cooldownMinutes": 600 })).await;
    house
        .tell(account, &[asks(&house, alice(), "M1", "hello?")])
        .await;

    pause(&house, account, minutes(60)).await;
    house.clock.advance(minutes(61));
    house
        .tell(account, &[asks(&house, alice(), "M2", "are you there?")])
        .await;

    assert_eq!(outcomes(&house, account).await, ["SKIPPED: paused", "QUEUED"]);
}

#[tokio::test]
async fn an_answer_that_waited_longer_than_it_is_of_use_is_skipped() {
    let (house, account) = away("FREE", json!({})).await;
    house
        .tell(account, &[asks(&house, alice(), "M1", "hello?")])
        .await;
    let given_up = SendOutcome::Failed {
        reason: "it waited too long to be of use".to_owned(),
    };

    house.clock.advance(minutes(16));
    news(&house, account, given_up).await;

    assert_eq!(outcomes(&house, account).await, ["SKIPPED: waited too long"]);
    assert!(said(&house, account).await.is_empty());
}
