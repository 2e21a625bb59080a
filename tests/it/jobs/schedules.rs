//! Recurring jobs.

use amda::db::schema::{job_schedules, jobs};
use amda::jobs::{Schedule, Scheduler};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Act, Bench, Call};
use crate::support::core::noon;
use crate::support::worker::run;

const HOURLY: Schedule = Schedule::every("test.hand", TimeDelta::hours(1));

async fn scheduler(bench: &Bench, schedule: Schedule) -> Scheduler {
    let scheduler = Scheduler::new(bench.core.clone(), vec![schedule]);
    scheduler.write().await.unwrap();
    scheduler
}

/// The times of the only schedule's next and last rounds.
async fn times(bench: &Bench) -> (DateTime<Utc>, Option<DateTime<Utc>>) {
    let mut tx = bench.core.db.begin_without_user().await.unwrap();
    let times = job_schedules::table
        .select((job_schedules::next_run_at, job_schedules::last_run_at))
        .get_result(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    times
}

/// Deletes the enqueued rounds; returns how many there were.
async fn take_rounds(bench: &Bench) -> usize {
    let mut tx = bench.core.db.begin_without_user().await.unwrap();
    let rounds = diesel::delete(jobs::table).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    rounds
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_schedule_is_due_at_once_and_then_by_its_beat() {
    let bench = Bench::build().await;
    let scheduler = scheduler(&bench, HOURLY).await;

    assert_eq!(scheduler.tick().await.unwrap(), 1);
    assert_eq!(scheduler.tick().await.unwrap(), 0);
    bench.clock.advance(TimeDelta::minutes(59));
    assert_eq!(scheduler.tick().await.unwrap(), 0);
    bench.clock.advance(TimeDelta::minutes(1));
    assert_eq!(scheduler.tick().await.unwrap(), 1);

    assert_eq!(
        times(&bench).await,
        (noon() + TimeDelta::hours(2), Some(noon() + TimeDelta::hours(1)))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn missed_rounds_are_made_up_for_by_one() {
    let bench = Bench::build().await;
    let scheduler = scheduler(&bench, HOURLY).await;
    scheduler.tick().await.unwrap();
    take_rounds(&bench).await;

    bench.clock.advance(TimeDelta::minutes(7 * 60 + 20));

    assert_eq!(scheduler.tick().await.unwrap(), 1);
    assert_eq!(scheduler.tick().await.unwrap(), 0);
    assert_eq!(take_rounds(&bench).await, 1);
    assert_eq!(
        times(&bench).await.0,
        noon() + TimeDelta::hours(8),
        "the beat is kept"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_nodes_one_enqueues_a_round() {
    let bench = Bench::build().await;
    let scheduler = scheduler(&bench, HOURLY).await;

    let ticks = futures::future::join_all((0..8).map(|_| scheduler.tick())).await;

    let rounds: usize = ticks.into_iter().map(Result::unwrap).sum();
    assert_eq!((rounds, take_rounds(&bench).await), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_round_that_is_not_done_when_the_next_is_due_is_not_doubled() {
    let mut bench = Bench::build().await;
    bench.act([Act::Linger(None)]);
    let often = Schedule::every("test.hand", TimeDelta::seconds(30));
    let scheduler = scheduler(&bench, often).await;
    scheduler.tick().await.unwrap();
    let running = run(&bench.core, vec![bench.hand.clone()]);
    assert_eq!(bench.call().await, Call::Run(1, -1));

    bench.clock.advance(TimeDelta::seconds(30));
    scheduler.tick().await.unwrap();
    assert_eq!(bench.rows().await.len(), 1);
    bench.hand.gate.add_permits(1);

    assert_eq!(bench.call().await, Call::Run(1, -1), "it is run once more");
    running.stop().await;
    assert!(bench.rows().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schedule_that_changed_goes_by_its_new_cadence_and_writing_it_again_changes_nothing() {
    let bench = Bench::build().await;
    scheduler(&bench, HOURLY).await.tick().await.unwrap();
    scheduler(&bench, HOURLY).await;
    assert_eq!(times(&bench).await.0, noon() + TimeDelta::hours(1));

    let daily = scheduler(&bench, Schedule::daily_at("test.hand", 210)).await;

    let half_past_three = "2026-11-24T03:30:00Z".parse::<DateTime<Utc>>().unwrap();
    assert_eq!(times(&bench).await.0, half_past_three);
    assert_eq!(daily.tick().await.unwrap(), 0);
    bench.clock.advance(half_past_three - noon());
    assert_eq!(daily.tick().await.unwrap(), 1);
    assert_eq!(times(&bench).await.0, half_past_three + TimeDelta::days(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schedule_that_another_version_knows_is_left_alone() {
    let bench = Bench::build().await;
    scheduler(&bench, Schedule::every("test.unknown", TimeDelta::hours(1))).await;

    let own = Scheduler::new(bench.core.clone(), vec![HOURLY]);

    assert_eq!(own.tick().await.unwrap(), 0);
}
