//! A smaller plan gives notice before anything goes.

use amda::db::schema::notifications;
use amda::id::UserId;
use amda::plan::{self, Plan, Retention};
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};

use super::{Kept, days, fill, kept, now, purge};
use crate::support::core::noon;
use crate::support::world::World;

async fn set(world: &World, user: UserId, plan: Plan) {
    let mut work = world.core.begin(user).await.unwrap();
    plan::set(&mut work, plan).await.unwrap();
    work.commit().await.unwrap();
}

async fn terms(world: &World, user: UserId) -> Retention {
    let mut work = world.core.begin(user).await.unwrap();
    let terms = plan::retention(&mut work, user).await.unwrap();
    work.rollback().await.unwrap();
    terms.at(now(world))
}

/// What the user was told of a shorter retention.
async fn told(world: &World, user: UserId) -> Vec<Value> {
    let mut work = world.core.begin(user).await.unwrap();
    let told = notifications::table
        .filter(notifications::kind.eq("RETENTION_SHORTENED"))
        .order(notifications::created_at)
        .select(notifications::details)
        .load(&mut *work)
        .await
        .unwrap();
    work.rollback().await.unwrap();
    told
}

#[tokio::test]
async fn after_a_downgrade_nothing_goes_for_thirty_days_and_then_what_is_too_old() {
    let (world, account) = World::with_user("PREMIUM").await;
    fill(&world, account, "1").await;
    world.clock.advance(days(200));
    fill(&world, account, "2").await;

    set(&world, account.user, Plan::Free).await;
    world.clock.advance(days(30) - TimeDelta::seconds(1));
    purge(&world, account.user).await;
    let before = kept(&world, account.user).await;
    world.clock.advance(TimeDelta::seconds(1));
    purge(&world, account.user).await;
    let after = kept(&world, account.user).await;

    assert_eq!((before.statuses, before.deleted, before.files), (2, 2, 4));
    assert_eq!((after.statuses, after.deleted, after.files), (1, 1, 2));
}

#[tokio::test]
async fn the_user_is_told_until_when() {
    let (world, account) = World::with_user("PREMIUM").await;

    set(&world, account.user, Plan::Free).await;
    set(&world, account.user, Plan::Free).await;

    let until = noon() + days(30);
    assert_eq!(
        told(&world, account.user).await,
        [json!({ "days": 90, "until": until })],
        "once"
    );
    let grace = terms(&world, account.user).await;
    assert_eq!((grace.days, grace.grace_until), (Some(90), Some(until)));
    world.clock.advance(days(30));
    assert_eq!(terms(&world, account.user).await.grace_until, None, "it is over");
}

#[tokio::test]
async fn an_upgrade_within_the_notice_cancels_it_and_the_next_downgrade_gives_another() {
    let (world, account) = World::with_user("PREMIUM").await;
    fill(&world, account, "1").await;
    world.clock.advance(days(200));

    set(&world, account.user, Plan::Free).await;
    world.clock.advance(days(20));
    set(&world, account.user, Plan::Premium).await;
    assert_eq!(
        terms(&world, account.user).await,
        Retention {
            days: None,
            grace_until: None
        }
    );
    world.clock.advance(days(20));
    purge(&world, account.user).await;
    assert_eq!(kept(&world, account.user).await.statuses, 1);

    set(&world, account.user, Plan::Free).await;
    assert_eq!(told(&world, account.user).await.len(), 2);
    world.clock.advance(days(29));
    purge(&world, account.user).await;
    assert_eq!(kept(&world, account.user).await.statuses, 1);
}

#[tokio::test]
async fn a_change_that_shortens_nothing_gives_no_notice() {
    let (world, account) = World::with_user("FREE").await;
    fill(&world, account, "1").await;

    set(&world, account.user, Plan::Premium).await;

    assert!(told(&world, account.user).await.is_empty());
    assert_eq!(terms(&world, account.user).await.grace_until, None);
    assert_eq!(kept(&world, account.user).await, Kept::times(1));
}
