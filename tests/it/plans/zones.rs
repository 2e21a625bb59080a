//! Months of quotas, for users who move between time zones.

use amda::account::AccountRef;
use amda::clock::Clock as _;
use amda::plan::{Quota, QuotaError, spend};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::world::World;

/// Where a day begins first, and where it ends last.
const FIRST: &str = "Pacific/Kiritimati";
const LAST: &str = "Etc/GMT+12";

async fn world_at(time: &str) -> (World, AccountRef) {
    let now: DateTime<Utc> = time.parse().unwrap();
    let world = World::with(|choices| choices.now = now).await;
    let account = world.user("FREE").await;
    (world, account)
}

fn pass_until(world: &World, time: &str) {
    let until: DateTime<Utc> = time.parse().unwrap();
    world.clock.advance(until - world.clock.now());
}

async fn move_to(world: &World, account: AccountRef, zone: &str) {
    let mutation =
        "mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { errors { code } } }";
    let input = json!({ "timeZone": zone });
    let moved = world.ask(account, mutation, json!({ "input": input })).await;
    assert_eq!(moved["updateProfile"]["errors"], json!([]));
}

/// Spends units until none is left; answers with their number.
async fn spend_all(world: &World, account: AccountRef) -> usize {
    for spent in 0.. {
        let mut work = world.core.begin(account.user).await.unwrap();
        let subject: Uuid = work.ids.next();
        match spend(&mut work, Quota::ViewOnceCaptures, subject).await {
            Ok(()) => work.commit().await.unwrap(),
            Err(QuotaError::Exceeded(_)) => return spent,
            Err(QuotaError::Query(error)) => panic!("{error}"),
        }
    }
    unreachable!("a quota is finite")
}

/// The use of the quota and the time at which it starts again.
async fn quota(world: &World, account: AccountRef) -> Value {
    let query = "{ viewer { quotas { quota used resetsAt } } }";
    let seen = world.ask(account, query, json!({})).await;
    let all = seen["viewer"]["quotas"].as_array().unwrap();
    let monthly = all.iter().find(|it| it["quota"] == "VIEW_ONCE_CAPTURES").unwrap();
    json!([monthly["used"], monthly["resetsAt"]])
}

#[tokio::test]
async fn a_month_that_began_in_the_east_does_not_begin_again_in_the_west() {
    // The first of December in Kiritimati, the 29th of November in the last zone.
    let (world, account) = world_at("2026-11-30T11:00:00Z").await;
    move_to(&world, account, FIRST).await;
    assert_eq!(spend_all(&world, account).await, 3);

    move_to(&world, account, LAST).await;
    let moved = quota(&world, account).await;
    let in_november = spend_all(&world, account).await;
    pass_until(&world, "2026-12-01T12:00:00Z");
    let in_december = spend_all(&world, account).await;
    pass_until(&world, "2027-01-01T12:00:00Z");

    assert_eq!(moved, json!([3, "2027-01-01T12:00:00+00:00"]));
    assert_eq!((in_november, in_december), (0, 0));
    assert_eq!(
        quota(&world, account).await,
        json!([0, "2027-02-01T12:00:00+00:00"])
    );
    assert_eq!(spend_all(&world, account).await, 3, "January is not lost");
}

#[tokio::test]
async fn who_moves_to_and_fro_around_the_first_has_each_month_once() {
    let (world, account) = world_at("2026-11-30T11:00:00Z").await;
    move_to(&world, account, LAST).await;
    let mut spent = vec![spend_all(&world, account).await];

    for zone in [FIRST, LAST, FIRST, LAST] {
        move_to(&world, account, zone).await;
        spent.push(spend_all(&world, account).await);
    }

    assert_eq!(spent, [3, 3, 0, 0, 0]);
    let periods = "{ viewer { quotaUses { nodes { periodStart } } } }";
    let seen = world.ask(account, periods, json!({})).await;
    let of = |month: &str| {
        let entries = seen["viewer"]["quotaUses"]["nodes"].as_array().unwrap();
        entries.iter().filter(|it| it["periodStart"] == month).count()
    };
    assert_eq!((of("2026-11-01"), of("2026-12-01")), (3, 3));
}

#[tokio::test]
async fn a_month_that_was_only_looked_at_from_the_east_is_not_left_behind() {
    let (world, account) = world_at("2026-11-30T11:00:00Z").await;
    move_to(&world, account, FIRST).await;
    let ahead = quota(&world, account).await;

    move_to(&world, account, LAST).await;

    assert_eq!(ahead, json!([0, "2026-12-31T10:00:00+00:00"]));
    assert_eq!(
        quota(&world, account).await,
        json!([0, "2026-12-01T12:00:00+00:00"])
    );
}
