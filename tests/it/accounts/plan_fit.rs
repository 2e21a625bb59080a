//! Accounts beyond the limit of their user's plan.

use amda::account::AccountRef;
use amda::db::schema::accounts as rows;
use amda::event::{Event, LinkEvent};
use amda::features::users::set_plan;
use amda::plan::Plan;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{field, mutate};
use crate::support::worker::DEADLINE;
use crate::support::world::World;

/// A Premium user's accounts, the oldest first.
async fn premium_with_accounts(world: &World, count: usize) -> Vec<AccountRef> {
    let mut accounts = vec![world.user("PREMIUM").await];
    while accounts.len() < count {
        world.clock.advance(TimeDelta::seconds(1));
        accounts.push(world.account(accounts[0].user).await);
    }
    accounts
}

/// Changes the plan, and waits until the states of the accounts are right.
async fn change_plan(
    world: &World,
    accounts: &[AccountRef],
    plan: Plan,
    are_right: impl Fn(&[Value]) -> bool,
) {
    let email = format!("{}@example.org", accounts[0].user);
    let mut news = world.core.hub.subscribe(accounts[0].user);
    let (_consuming, worker) = (world.consume_events(), world.run("accounts."));
    set_plan(&world.core, &email, plan).await.unwrap();
    let fitting = async {
        while !are_right(&states_of(world, accounts).await) {
            news.recv().await.unwrap();
        }
    };
    timeout(DEADLINE, fitting)
        .await
        .expect("the accounts are fitted in time");
    worker.stop().await;
}

async fn states_of(world: &World, accounts: &[AccountRef]) -> Vec<Value> {
    let mut states = Vec::new();
    for account in accounts {
        states.push(field(world, *account, "state").await);
    }
    states
}

async fn set_state(world: &World, account: AccountRef, state: &str) {
    diesel::update(rows::table.find(account.id))
        .set(rows::state.eq(state))
        .execute(&mut world.everything().await)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_smaller_plan_pauses_the_newest_accounts_and_a_larger_one_resumes_them() {
    let world = World::build().await;
    let accounts = premium_with_accounts(&world, 3).await;

    change_plan(&world, &accounts, Plan::Free, |states| {
        *states == ["ONLINE", "PAUSED", "PAUSED"]
    })
    .await;

    assert_eq!(field(&world, accounts[2], "stateReason").await, "PLAN_LIMIT");
    assert_eq!(field(&world, accounts[2], "needsAttention").await, true);
    let message = field(&world, accounts[2], "stateMessage").await;
    assert!(
        message
            .as_str()
            .unwrap()
            .contains("the plan allows 1 linked account: upgrade"),
        "{message}"
    );
    assert!(
        field(&world, accounts[2], "linkedAt").await.is_string(),
        "it stays linked"
    );
    change_plan(&world, &accounts, Plan::Premium, |states| {
        states.iter().all(|state| *state != "PAUSED")
    })
    .await;
}

#[tokio::test]
async fn an_account_that_is_not_running_takes_no_place_from_one_that_is() {
    let world = World::build().await;
    let accounts = premium_with_accounts(&world, 3).await;
    set_state(&world, accounts[0], "LOGGED_OUT").await;

    change_plan(&world, &accounts, Plan::Free, |states| {
        *states == ["LOGGED_OUT", "ONLINE", "PAUSED"]
    })
    .await;
}

#[tokio::test]
async fn what_a_session_still_reports_of_a_paused_account_changes_nothing() {
    let (world, account) = World::with_user("FREE").await;
    set_state(&world, account, "PAUSED").await;

    world.receive(account, &[Event::Link(LinkEvent::Online)]).await;

    assert_eq!(field(&world, account, "state").await, "PAUSED");
}

#[tokio::test]
async fn a_paused_account_is_not_restarted_beyond_the_plan() {
    let (world, account) = World::with_user("FREE").await;
    let paused = world.account(account.user).await;
    set_state(&world, paused, "PAUSED").await;

    let refused = mutate(&world, paused, "restartAccount", "RestartAccountInput", json!({})).await;

    assert_eq!(refused["errors"][0]["code"], "LIMIT_EXCEEDED", "{refused}");
    assert_eq!(field(&world, paused, "state").await, "PAUSED");
}

#[tokio::test]
async fn a_link_that_was_never_completed_frees_its_place() {
    let (world, account) = World::with_user("FREE").await;
    diesel::update(rows::table.find(account.id))
        .set((
            rows::state.eq("CREATED"),
            rows::linked_at.eq(None::<DateTime<Utc>>),
        ))
        .execute(&mut world.everything().await)
        .await
        .unwrap();
    let link = "mutation { linkAccount(input: {}) { account { state } errors { code } } }";
    let busy = world.ask(account, link, json!({})).await;
    assert_eq!(busy["linkAccount"]["errors"][0]["code"], "LIMIT_EXCEEDED");

    world
        .receive(account, &[Event::Link(LinkEvent::QrExhausted)])
        .await;
    let linked = world.ask(account, link, json!({})).await;

    assert_eq!(linked["linkAccount"]["errors"], json!([]));
    // And the first one must wait for a place now.
    let refused = mutate(
        &world,
        account,
        "restartAccount",
        "RestartAccountInput",
        json!({}),
    )
    .await;
    assert_eq!(refused["errors"][0]["code"], "LIMIT_EXCEEDED");
}
