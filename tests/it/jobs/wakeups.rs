//! Wake-ups: due jobs start with their commit, long before the next poll.

use std::time::Duration;

use amda::clock::Clock;
use amda::db::Db;
use amda::jobs::{NewJob, Schedule, Scheduler, WorkerOptions, enqueue};
use amda::work::Core;
use chrono::TimeDelta;
use serde_json::json;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{Bench, Call};
use crate::support::core::noon;
use crate::support::worker::{BUSY, DEADLINE, run_at};
use crate::support::world::World;

/// Options without polls while a test runs.
const WITHOUT_POLLS: WorkerOptions = WorkerOptions {
    poll: Duration::from_hours(1),
    ..BUSY
};
/// Time limit of a wake-up on a busy machine.
const WAKEUP_TIMEOUT: Duration = Duration::from_secs(10);

fn job(world: &World, number: i64) -> NewJob {
    NewJob {
        kind: "test.hand",
        user: None,
        payload: json!({ "number": number }),
        unique_key: None,
        run_at: world.clock.now(),
        max_attempts: 3,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_due_job_starts_with_its_commit() {
    let mut bench = Bench::build().await;
    let (world, alice) = World::with_user("FREE").await;
    // The hand works on the world's jobs.
    let running = run_at(&world.core, vec![bench.hand.clone()], WITHOUT_POLLS);

    for number in 1..=3 {
        let mut work = world.core.begin(alice.user).await.unwrap();
        enqueue(&mut work, &job(&world, number)).await.unwrap();
        work.commit().await.unwrap();
        let called = timeout(WAKEUP_TIMEOUT, bench.call()).await;
        assert_eq!(called.expect("the commit wakes the worker"), Call::Run(1, number));
    }
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_of_a_transaction_that_was_rolled_back_wakes_no_worker() {
    let (world, alice) = World::with_user("FREE").await;
    let wakeups = world.core.db.subscribe_to_wakeups();

    let mut work = world.core.begin(alice.user).await.unwrap();
    enqueue(&mut work, &job(&world, 1)).await.unwrap();
    work.rollback().await.unwrap();
    let mut work = world.core.begin(alice.user).await.unwrap();
    let later = NewJob {
        run_at: world.clock.now() + TimeDelta::hours(1),
        ..job(&world, 2)
    };
    enqueue(&mut work, &later).await.unwrap();
    work.commit().await.unwrap();

    assert!(!wakeups.has_changed().unwrap(), "nothing is due");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_wakes_another_node() {
    let mut bench = Bench::build().await;
    let there = Core {
        db: Db::connect(bench.database.app_url(), 4).unwrap(),
        ..bench.core.clone()
    };
    let stop = CancellationToken::new();
    let mut forwarding = Vec::new();
    for db in [bench.core.db.clone(), there.db.clone()] {
        let mut wakeups = db.subscribe_to_wakeups();
        forwarding.push(tokio::spawn(db.forward_wakeups(stop.clone())));
        // It wakes once when it begins to listen, for what was missed before.
        timeout(WAKEUP_TIMEOUT, wakeups.changed()).await.unwrap().unwrap();
    }
    let running = run_at(&there, vec![bench.hand.clone()], WITHOUT_POLLS);

    // The round of a schedule is enqueued here, and done there.
    let scheduler = Scheduler::new(
        bench.core.clone(),
        vec![Schedule::every("test.hand", TimeDelta::hours(1))],
    );
    scheduler.write().await.unwrap();
    for _ in 0..3 {
        scheduler.tick().await.unwrap();
        let called = timeout(WAKEUP_TIMEOUT, bench.call()).await;
        assert_eq!(called.expect("the commit wakes the other node"), Call::Run(1, -1));
        // A round that is not done when the next is due would be the same one.
        let done = async {
            while !bench.rows().await.is_empty() {
                tokio::task::yield_now().await;
            }
        };
        timeout(DEADLINE, done).await.expect("the round is done");
        bench.clock.advance(TimeDelta::hours(1));
    }

    assert_eq!(bench.clock.now(), noon() + TimeDelta::hours(3));
    running.stop().await;
    stop.cancel();
    for task in forwarding {
        timeout(WAKEUP_TIMEOUT, task).await.unwrap().unwrap();
    }
}
