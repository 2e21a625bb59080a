//! Claims and leases of jobs.

use std::collections::BTreeSet;
use std::time::Duration;

use amda::clock::Clock;
use amda::db::schema::jobs;
use amda::jobs::{Claim, WorkerOptions, claim};
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Act, Bench, Call};
use crate::support::core::noon;
use crate::support::worker::{BUSY, run, run_at};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_job_goes_to_one_of_many_workers() {
    let mut bench = Bench::build().await;
    for number in 0..60 {
        bench.enqueue(number, None).await;
    }

    let workers: Vec<_> = (0..3)
        .map(|_| run(&bench.core, vec![bench.hand.clone()]))
        .collect();
    let mut done = BTreeSet::new();
    for _ in 0..60 {
        assert!(
            done.insert(format!("{:?}", bench.call().await)),
            "a job was done twice"
        );
    }
    for worker in workers {
        worker.stop().await;
    }

    assert!(bench.calls.try_recv().is_err());
    assert!(bench.rows().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_with_as_many_jobs_as_it_may_have_leaves_the_rest_in_the_table() {
    let mut bench = Bench::build().await;
    bench.act([Act::Linger(None), Act::Linger(None)]);
    for number in 0..3 {
        bench.enqueue(number, None).await;
    }

    let options = WorkerOptions { at_once: 2, ..BUSY };
    let worker = run_at(&bench.core, vec![bench.hand.clone()], options);
    bench.call().await;
    bench.call().await;
    let rows = bench.rows().await;
    bench.hand.gate.add_permits(1);
    bench.call().await;
    bench.hand.gate.add_permits(1);
    worker.stop().await;

    let unclaimed = rows.iter().filter(|row| row.claim.is_none());
    assert_eq!((rows.len(), unclaimed.count()), (3, 1));
    assert!(bench.rows().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_whose_worker_died_goes_to_another_when_the_lease_runs_out() {
    let mut bench = Bench::build().await;
    bench.act([Act::Linger(None)]);
    bench.enqueue(1, None).await;
    let dying = tokio::spawn(
        amda::jobs::Worker::new(bench.core.clone(), vec![bench.hand.clone()], BUSY)
            .run(tokio_util::sync::CancellationToken::new()),
    );
    assert_eq!(bench.call().await, Call::Run(1, 1));

    // What it spawned goes on in this process, and must not be able to settle what is no longer its own.
    dying.abort();
    bench.end_leases().await;
    bench.act([Act::Again(TimeDelta::hours(1))]);
    assert_eq!(bench.work(1).await, [Call::Run(2, 1)]);
    bench.hand.gate.add_permits(1);
    bench.enqueue(2, None).await;
    bench.work(1).await;

    let row = bench.row().await;
    assert_eq!(row.run_at, bench.clock.now() + TimeDelta::hours(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_ended_with_its_process_each_time_is_given_up() {
    let mut bench = Bench::build().await;
    bench.enqueue(1, None).await;
    let mut tx = bench.core.db.begin_without_user().await.unwrap();
    diesel::update(jobs::table)
        .set(jobs::attempts.eq(3))
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    assert_eq!(bench.work(1).await, [Call::GiveUp]);

    assert!(bench.row().await.died_at.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_living_worker_keeps_its_lease() {
    let mut bench = Bench::build().await;
    bench.act([Act::Linger(None)]);
    bench.enqueue(1, None).await;
    let options = WorkerOptions {
        lease: Duration::from_secs(3),
        ..BUSY
    };
    let first = run_at(&bench.core, vec![bench.hand.clone()], options);
    assert_eq!(bench.call().await, Call::Run(1, 1));

    let lease_end = bench.row().await.run_at;
    let renewed = async {
        while bench.row().await.run_at == lease_end {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(crate::support::worker::DEADLINE, renewed)
        .await
        .expect("the lease is renewed");
    let second = run(&bench.core, vec![bench.hand.clone()]);
    bench.hand.gate.add_permits(1);
    first.stop().await;
    second.stop().await;

    assert!(bench.calls.try_recv().is_err(), "nobody else ran it");
    assert!(bench.rows().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_whose_clock_is_ahead_leaves_a_running_job_to_the_worker_that_has_it() {
    let mut bench = Bench::build().await;
    bench.act([Act::Linger(None)]);
    bench.enqueue(1, None).await;
    let first = run(&bench.core, vec![bench.hand.clone()]);
    assert_eq!(bench.call().await, Call::Run(1, 1));
    // Ahead of the lease, which is by the machine's clock.
    let ahead = bench.clock.now() + TimeDelta::days(40_000);
    let wanted = Claim {
        kinds: &["test.hand"],
        now: ahead,
        lease: TimeDelta::minutes(1),
        limit: 10,
    };

    let mut tx = bench.core.db.begin_without_user().await.unwrap();
    let taken = claim(&mut tx, &bench.core.ids, wanted).await.unwrap();
    tx.commit().await.unwrap();

    assert!(taken.is_empty(), "{taken:?}");
    bench.hand.gate.add_permits(1);
    first.stop().await;
    assert!(bench.rows().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_cannot_renew_its_lease_lets_the_job_go_when_it_is_over() {
    let mut bench = Bench::build().await;
    bench.act([Act::Linger(None)]);
    bench.enqueue(1, None).await;
    let options = WorkerOptions {
        lease: Duration::from_millis(90),
        ..BUSY
    };
    let running = run_at(&bench.core, vec![bench.hand.clone()], options);
    assert_eq!(bench.call().await, Call::Run(1, 1));

    // Every renewal waits for whoever has the row.
    let mut tx = bench.core.db.begin_without_user().await.unwrap();
    let held: Vec<i32> = jobs::table
        .select(jobs::attempts)
        .for_update()
        .load(&mut *tx)
        .await
        .unwrap();
    running.stop().await;
    tx.rollback().await.unwrap();

    assert_eq!(held, [1]);
    assert_eq!(bench.work(1).await, [Call::Run(2, 1)], "another one's now");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopping_worker_takes_nothing_more_and_waits_for_what_runs() {
    let mut bench = Bench::build().await;
    bench.act([Act::Linger(None)]);
    bench.enqueue(1, None).await;
    let running = run(&bench.core, vec![bench.hand.clone()]);
    bench.call().await;

    let stopping = tokio::spawn(running.stop());
    assert!(bench.row().await.claim.is_some());
    assert!(!stopping.is_finished());
    bench.hand.gate.add_permits(1);
    stopping.await.unwrap();
    bench.enqueue(2, None).await;

    assert!(bench.calls.try_recv().is_err());
    assert_eq!(
        bench.row().await.attempts,
        0,
        "the second waits for another worker"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_end_in_time_is_given_back_as_it_was() {
    let mut bench = Bench::build().await;
    bench.act([Act::Linger(None)]);
    bench.enqueue(1, None).await;
    let options = WorkerOptions {
        drain: Duration::from_millis(20),
        ..BUSY
    };
    let running = run_at(&bench.core, vec![bench.hand.clone()], options);
    bench.call().await;

    running.stop().await;

    let row = bench.row().await;
    assert_eq!((row.attempts, row.claim, row.run_at), (0, None, noon()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_given_back_still_runs_again_when_it_was_enqueued_for() {
    let mut bench = Bench::build().await;
    bench.act([Act::Linger(None)]);
    bench.enqueue(1, Some("key")).await;
    let options = WorkerOptions {
        drain: Duration::from_millis(20),
        ..BUSY
    };
    let running = run_at(&bench.core, vec![bench.hand.clone()], options);
    bench.call().await;
    let later = noon() + TimeDelta::hours(1);
    bench.enqueue_at(2, Some("key"), later).await;

    running.stop().await;

    assert_eq!(bench.work(1).await, [Call::Run(1, 1)]);
    assert_eq!(bench.row().await.run_at, later);
}
