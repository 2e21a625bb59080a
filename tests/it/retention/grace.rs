//! A smaller plan gives notice before anything goes.

use amda::db::schema::notifications;
use amda::id::UserId;
use amda::plan::{self, Plan, Retention};
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};

use super::{Kept, days, fill, kept, now, purge};
use crate::support::linked::{House, noon};

async fn set(house: &House, user: UserId, plan: Plan) {
    let mut work = house.core.begin(user).await.unwrap();
    plan::set(&mut work, plan).await.unwrap();
    work.commit().await.unwrap();
}

async fn terms(house: &House, user: UserId) -> Retention {
    let mut work = house.core.begin(user).await.unwrap();
    let terms = plan::retention(&mut work, user).await.unwrap();
    work.rollback().await.unwrap();
    terms.at(now(house))
}

/// What the user was told of a shorter retention.
async fn told(house: &House, user: UserId) -> Vec<Value> {
    let mut work = house.core.begin(user).await.unwrap();
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
    let house = House::build().await;
    let account = house.user("PREMIUM").await;
    fill(&house, account, "1").await;
    house.clock.advance(days(200));
    fill(&house, account, "2").await;

    set(&house, account.user, Plan::Free).await;
    house.clock.advance(days(30) - TimeDelta::seconds(1));
    purge(&house, account.user).await;
    let before = kept(&house, account.user).await;
    house.clock.advance(TimeDelta::seconds(1));
    purge(&house, account.user).await;
    let after = kept(&house, account.user).await;

    assert_eq!((before.statuses, before.deleted, before.files), (2, 2, 4));
    assert_eq!((after.statuses, after.deleted, after.files), (1, 1, 2));
}

#[tokio::test]
async fn the_user_is_told_until_when() {
    let house = House::build().await;
    let account = house.user("PREMIUM").await;

    set(&house, account.user, Plan::Free).await;
    set(&house, account.user, Plan::Free).await;

    let until = noon() + days(30);
    assert_eq!(
        told(&house, account.user).await,
        [json!({ "days": 90, "until": until })],
        "once"
    );
    let grace = terms(&house, account.user).await;
    assert_eq!((grace.days, grace.grace_until), (Some(90), Some(until)));
    house.clock.advance(days(30));
    assert_eq!(terms(&house, account.user).await.grace_until, None, "it is over");
}

#[tokio::test]
async fn an_upgrade_within_the_notice_cancels_it_and_the_next_downgrade_gives_another() {
    let house = House::build().await;
    let account = house.user("PREMIUM").await;
    fill(&house, account, "1").await;
    house.clock.advance(days(200));

    set(&house, account.user, Plan::Free).await;
    house.clock.advance(days(20));
    set(&house, account.user, Plan::Premium).await;
    assert_eq!(
        terms(&house, account.user).await,
        Retention {
            days: None,
            grace_until: None
        }
    );
    house.clock.advance(days(20));
    purge(&house, account.user).await;
    assert_eq!(kept(&house, account.user).await.statuses, 1);

    set(&house, account.user, Plan::Free).await;
    assert_eq!(told(&house, account.user).await.len(), 2);
    house.clock.advance(days(29));
    purge(&house, account.user).await;
    assert_eq!(kept(&house, account.user).await.statuses, 1);
}

#[tokio::test]
async fn a_change_that_shortens_nothing_gives_no_notice() {
    let house = House::build().await;
    let account = house.user("FREE").await;
    fill(&house, account, "1").await;

    set(&house, account.user, Plan::Premium).await;

    assert!(told(&house, account.user).await.is_empty());
    assert_eq!(terms(&house, account.user).await.grace_until, None);
    assert_eq!(kept(&house, account.user).await, Kept::times(1));
}
