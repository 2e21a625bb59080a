//! Scheduled statuses of accounts that cannot publish.

use amda::account::AccountRef;
use amda::db::schema::accounts;
use amda::event::{Event, LinkEvent};
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};

use super::steps::{
    GRACE, add_contact, cancel, load_state, load_status, plan_text, planned_in, run_until_changed, schedule,
    start_text,
};
use crate::support::outbox::sends;
use crate::support::whatsapp::alice;
use crate::support::world::World;

async fn set_state(world: &World, account: AccountRef, state: &str) {
    diesel::update(accounts::table.find(account.id))
        .set(accounts::state.eq(state))
        .execute(&mut world.everything().await)
        .await
        .unwrap();
}

/// The reason for which a status cannot be published now, and its message.
async fn blocked(world: &World, account: AccountRef, id: &str) -> (Value, Value) {
    let mut status = load_status(world, account, id).await;
    (status["blockedReason"].take(), status["blockedMessage"].take())
}

#[tokio::test]
async fn a_status_of_an_account_that_cannot_publish_says_so_waits_and_can_be_cancelled() {
    for (state, code, says) in [
        ("UNLINKED", "ACCOUNT_UNLINKED", "the account is unlinked"),
        ("LOGGED_OUT", "ACCOUNT_LOGGED_OUT", "logged out"),
        ("PAUSED", "ACCOUNT_PAUSED", "the plan allows fewer accounts"),
    ] {
        let (world, account) = World::with_user("FREE").await;
        add_contact(&world, account, "Alice", &alice()).await;
        let id = plan_text(&world, account, 10).await;
        assert_eq!(blocked(&world, account, &id).await, (json!(null), json!(null)));
        set_state(&world, account, state).await;

        world.clock.advance(TimeDelta::minutes(10));
        // That of another account, which is published, proves that the job ran.
        let other = world.account(account.user).await;
        add_contact(&world, other, "Alice", &alice()).await;
        plan_text(&world, other, 0).await;
        run_until_changed(&world, account, 1).await;

        assert_eq!(load_state(&world, account, &id).await.0, "SCHEDULED", "{state}");
        let (reason, message) = blocked(&world, account, &id).await;
        assert_eq!(reason, code);
        assert!(message.as_str().unwrap().contains(says), "{state}: {message}");
        let cancelled = cancel(&world, account, &id).await;
        assert_eq!(cancelled["scheduledStatus"]["state"], "CANCELLED", "{cancelled}");
        assert_eq!(blocked(&world, account, &id).await, (json!(null), json!(null)));
    }
}

#[tokio::test]
async fn a_status_that_is_blocked_past_the_grace_is_missed_and_says_why() {
    let (world, account) = World::with_user("FREE").await;
    add_contact(&world, account, "Alice", &alice()).await;
    let id = plan_text(&world, account, 10).await;
    set_state(&world, account, "LOGGED_OUT").await;

    world
        .clock
        .advance(TimeDelta::minutes(10) + GRACE + TimeDelta::seconds(1));
    run_until_changed(&world, account, 1).await;

    let missed = load_status(&world, account, &id).await;
    assert_eq!(
        (&missed["state"], &missed["failureReason"]),
        (&json!("MISSED"), &json!("ACCOUNT_LOGGED_OUT"))
    );
    let message = missed["failureMessage"].as_str().unwrap();
    assert!(message.contains("logged out of WhatsApp"), "{message}");
}

#[tokio::test]
async fn a_blocked_status_is_published_when_its_account_is_online_again_in_time() {
    let (world, account) = World::with_user("FREE").await;
    add_contact(&world, account, "Alice", &alice()).await;
    let id = plan_text(&world, account, 10).await;
    set_state(&world, account, "LOGGED_OUT").await;
    world.clock.advance(TimeDelta::minutes(12));

    world.receive(account, &[Event::Link(LinkEvent::Online)]).await;
    run_until_changed(&world, account, 1).await;

    assert_eq!(load_state(&world, account, &id).await.0, "PUBLISHING");
}

#[tokio::test]
async fn a_status_that_has_not_left_can_be_cancelled_though_its_time_has_come() {
    let (world, account) = World::with_user("FREE").await;
    add_contact(&world, account, "Alice", &alice()).await;
    let (id, _) = start_text(&world, account).await;

    let cancelled = cancel(&world, account, &id).await;

    assert_eq!(cancelled["errors"], json!([]), "{cancelled}");
    assert_eq!(load_status(&world, account, &id).await["state"], "CANCELLED");
    assert!(sends(&world, account).await.is_empty());
}

#[tokio::test]
async fn scheduling_on_an_unlinked_account_is_a_conflict_that_says_what_to_do() {
    let (world, account) = World::with_user("FREE").await;
    set_state(&world, account, "UNLINKED").await;

    let plan = json!({"content": {"text": {"text": "hi"}}, "publishAt": planned_in(&world, 10)});
    let refused = schedule(&world, account, plan).await;

    let error = &refused["errors"][0];
    assert_eq!(
        (&error["code"], &error["path"]),
        (&json!("CONFLICT"), &json!(["accountId"]))
    );
    assert!(
        error["message"].as_str().unwrap().contains("link it again"),
        "{error}"
    );
}
