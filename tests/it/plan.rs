//! Quotas: exact, idempotent, and by the user's own months.

use amda::features::users::{Registration, set_plan};
use amda::hub::EventKind;
use amda::id::UserId;
use amda::plan::{self, Plan, Quota, QuotaError, Usage};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::support::database::connect;
use crate::support::world::World;

const CAPTURES: Quota = Quota::ViewOnceCaptures;

struct Bench {
    world: World,
    alice: UserId,
}

async fn bench(now: &str, zone: &str) -> Bench {
    let world = World::with(|choices| choices.now = utc(now)).await;
    let alice = register(&world, "alice@example.org", zone).await;
    Bench { world, alice }
}

async fn register(world: &World, email: &str, zone: &str) -> UserId {
    let wanted = Registration {
        invitation: None,
        email: email.to_owned(),
        password: "correct horse battery".into(),
        display_name: None,
        locale: None,
        time_zone: Some(zone.to_owned()),
    };
    world
        .services
        .users
        .ensure_user(wanted, Plan::Free)
        .await
        .unwrap()
}

impl Bench {
    /// Spends a unit on `subject` in a transaction of its own.
    async fn spend(&self, subject: Uuid) -> Result<(), QuotaError> {
        let mut work = self.world.core.begin(self.alice).await.unwrap();
        let spent = plan::spend(&mut work, CAPTURES, subject).await;
        work.commit().await.unwrap();
        spent
    }

    async fn refund(&self, subject: Uuid) {
        let mut work = self.world.core.begin(self.alice).await.unwrap();
        plan::refund(&mut work, CAPTURES, subject).await.unwrap();
        work.commit().await.unwrap();
    }

    async fn usage(&self) -> Usage {
        let mut work = self.world.core.begin(self.alice).await.unwrap();
        let now = work.now;
        let usage = plan::usage(&mut work, self.alice, now).await.unwrap();
        work.rollback().await.unwrap();
        usage[0]
    }

    async fn ledger_rows(&self) -> i64 {
        let owner = connect(self.world.database.url()).await;
        let query = "SELECT count(*) FROM quota_uses WHERE refunded_at IS NULL";
        owner.query_one(query, &[]).await.unwrap().get(0)
    }

    fn subject(&self) -> Uuid {
        self.world.core.ids.next()
    }
}

fn is_exceeded(spent: &Result<(), QuotaError>) -> bool {
    matches!(spent, Err(QuotaError::Exceeded(_)))
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[tokio::test]
async fn of_twenty_who_spend_at_once_exactly_as_many_succeed_as_the_plan_allows() {
    let bench = bench("2026-11-23T10:00:00Z", "UTC").await;

    let spent = futures::future::join_all((0..20).map(|_| bench.spend(bench.subject()))).await;

    assert_eq!(spent.iter().filter(|spent| spent.is_ok()).count(), 3);
    assert_eq!(spent.iter().filter(|spent| is_exceeded(spent)).count(), 17);
    assert_eq!((bench.usage().await.used, bench.ledger_rows().await), (3, 3));
}

#[tokio::test]
async fn a_refusal_tells_the_limit_its_use_and_when_it_starts_again() {
    let bench = bench("2026-11-23T10:00:00Z", "Europe/Berlin").await;
    for _ in 0..3 {
        bench.spend(bench.subject()).await.unwrap();
    }

    let Err(QuotaError::Exceeded(told)) = bench.spend(bench.subject()).await else {
        panic!("a fourth capture was allowed");
    };

    assert_eq!((told.limit, told.used), (3, 3));
    assert_eq!(told.resets_at, utc("2026-11-30T23:00:00Z"));
}

#[tokio::test]
async fn one_thing_is_paid_for_once_however_often_and_wherever_it_is_tried() {
    let bench = bench("2026-11-30T23:59:00Z", "UTC").await;
    let subject = bench.subject();

    let spent = futures::future::join_all((0..8).map(|_| bench.spend(subject))).await;
    assert!(spent.iter().all(Result::is_ok));
    assert_eq!(bench.usage().await.used, 1);

    bench.spend(bench.subject()).await.unwrap();
    bench.spend(bench.subject()).await.unwrap();
    assert!(
        bench.spend(subject).await.is_ok(),
        "it is paid for, though nothing is left"
    );
    bench.world.clock.advance(TimeDelta::minutes(2));
    bench.spend(subject).await.unwrap();
    assert_eq!(
        bench.usage().await.used,
        0,
        "nor does it cost anything in the next month"
    );
}

#[tokio::test]
async fn what_is_rolled_back_costs_nothing() {
    let bench = bench("2026-11-23T10:00:00Z", "UTC").await;

    let mut work = bench.world.core.begin(bench.alice).await.unwrap();
    plan::spend(&mut work, CAPTURES, bench.subject()).await.unwrap();
    work.rollback().await.unwrap();

    assert_eq!((bench.usage().await.used, bench.ledger_rows().await), (0, 0));
}

#[tokio::test]
async fn a_refund_gives_the_unit_back_once_and_it_can_be_spent_on_the_same_thing_again() {
    let bench = bench("2026-11-23T10:00:00Z", "UTC").await;
    let subject = bench.subject();
    bench.spend(subject).await.unwrap();

    bench.refund(subject).await;
    bench.refund(subject).await;
    bench.refund(bench.subject()).await;
    assert_eq!((bench.usage().await.used, bench.ledger_rows().await), (0, 0));

    bench.spend(subject).await.unwrap();
    assert_eq!((bench.usage().await.used, bench.ledger_rows().await), (1, 1));
}

#[tokio::test]
async fn the_count_starts_again_at_midnight_of_the_users_own_zone() {
    let bench = bench("2026-12-31T14:59:59Z", "Asia/Tokyo").await;
    for _ in 0..3 {
        bench.spend(bench.subject()).await.unwrap();
    }
    assert!(is_exceeded(&bench.spend(bench.subject()).await));
    assert_eq!(bench.usage().await.resets_at, utc("2026-12-31T15:00:00Z"));

    bench.world.clock.advance(TimeDelta::seconds(1));

    assert_eq!(bench.usage().await.used, 0);
    bench.spend(bench.subject()).await.unwrap();
    assert_eq!(bench.usage().await.resets_at, utc("2027-01-31T15:00:00Z"));
}

#[tokio::test]
async fn premium_counts_without_a_limit_and_an_upgrade_helps_at_once() {
    let bench = bench("2026-11-23T10:00:00Z", "UTC").await;
    for _ in 0..3 {
        bench.spend(bench.subject()).await.unwrap();
    }
    assert!(is_exceeded(&bench.spend(bench.subject()).await));

    set_plan(&bench.world.core, "alice@example.org", Plan::Premium)
        .await
        .unwrap();
    bench.spend(bench.subject()).await.unwrap();

    let usage = bench.usage().await;
    assert_eq!((usage.limit, usage.used), (None, 4));
    assert!(usage.require_one().is_ok());
}

#[tokio::test]
async fn one_users_spending_is_nothing_to_another() {
    let bench = bench("2026-11-23T10:00:00Z", "UTC").await;
    let bob = register(&bench.world, "bob@example.org", "UTC").await;
    for _ in 0..3 {
        bench.spend(bench.subject()).await.unwrap();
    }

    let mut work = bench.world.core.begin(bob).await.unwrap();
    let spent = plan::spend(&mut work, CAPTURES, bench.subject()).await;

    assert!(spent.is_ok());
    work.rollback().await.unwrap();
}

#[tokio::test]
async fn a_plan_that_is_being_changed_holds_up_nothing_else_of_the_user() {
    let bench = bench("2026-11-23T10:00:00Z", "UTC").await;
    let mut changing = bench.world.core.begin(bench.alice).await.unwrap();
    plan::set(&mut changing, Plan::Premium).await.unwrap();

    let mut other = bench.world.core.begin(bench.alice).await.unwrap();
    other.emit(EventKind::AccountChanged, None, Uuid::from_u128(1));
    other.commit().await.unwrap();

    changing.commit().await.unwrap();
}
