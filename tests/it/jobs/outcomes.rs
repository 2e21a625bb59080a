//! The outcomes of jobs: done, retried, given up.

use amda::jobs::JobError;
use chrono::TimeDelta;

use super::{Act, Bench, Call};
use crate::support::core::noon;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_is_done_is_forgotten() {
    let mut bench = Bench::build().await;
    bench.enqueue(1, None).await;

    assert_eq!(bench.work(1).await, [Call::Run(1, 1)]);

    assert!(bench.rows().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_runs_when_its_time_comes_and_those_that_waited_longest_first() {
    let mut bench = Bench::build().await;
    bench.enqueue_at(1, None, noon() + TimeDelta::hours(2)).await;
    bench.enqueue_at(2, None, noon() + TimeDelta::hours(1)).await;
    bench.enqueue(3, None).await;
    assert_eq!(bench.work(1).await, [Call::Run(1, 3)]);

    bench.clock.advance(TimeDelta::minutes(61));

    assert_eq!(bench.work(1).await, [Call::Run(1, 2)]);
    assert_eq!(bench.row().await.run_at, noon() + TimeDelta::hours(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_failed_is_tried_again_after_a_back_off_and_then_forgotten() {
    let mut bench = Bench::build().await;
    bench.act([Act::Fail]);
    bench.enqueue(1, None).await;

    assert_eq!(bench.work(1).await, [Call::Run(1, 1)]);
    let row = bench.row().await;
    let wait = row.run_at - noon();
    assert!(
        (TimeDelta::milliseconds(2_500)..=TimeDelta::seconds(5)).contains(&wait),
        "{wait}"
    );
    assert_eq!(row.last_error.as_deref(), Some("the job failed: the dog ate it"));
    assert_eq!((row.attempts, row.claim), (1, None));

    bench.clock.advance(TimeDelta::seconds(5));
    assert_eq!(bench.work(1).await, [Call::Run(2, 1)]);
    assert!(bench.rows().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_knows_when_it_may_go_better_is_tried_then() {
    let mut bench = Bench::build().await;
    bench.act([Act::FailUntil(TimeDelta::hours(3))]);
    bench.enqueue(1, None).await;

    bench.work(1).await;

    assert_eq!(bench.row().await.run_at, noon() + TimeDelta::hours(3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_is_not_finished_runs_again_and_that_costs_no_attempt() {
    let mut bench = Bench::build().await;
    bench.act([Act::Again(TimeDelta::minutes(1))]);
    bench.enqueue(1, None).await;

    bench.work(1).await;
    let row = bench.row().await;
    assert_eq!((row.run_at, row.attempts), (noon() + TimeDelta::minutes(1), 0));

    bench.clock.advance(TimeDelta::minutes(1));
    assert_eq!(bench.work(1).await, [Call::Run(1, 1)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_failed_for_good_is_given_up_and_kept_with_its_last_error() {
    let mut bench = Bench::build().await;
    bench.act([Act::Fail, Act::Panic, Act::Fail]);
    bench.enqueue(1, Some("key")).await;

    for attempt in 1..3 {
        assert_eq!(bench.work(1).await, [Call::Run(attempt, 1)]);
        bench.clock.advance(TimeDelta::hours(1));
    }
    assert_eq!(bench.work(2).await, [Call::Run(3, 1), Call::GiveUp]);

    let row = bench.row().await;
    assert!(row.died_at.is_some());
    assert_eq!(row.last_error.as_deref(), Some("the job failed: the dog ate it"));
    bench.enqueue(2, Some("key")).await;
    assert_eq!(bench.work(1).await, [Call::Run(1, 2)], "its key is free again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hopeless_job_is_given_up_at_once() {
    let mut bench = Bench::build().await;
    bench.act([Act::Despair]);
    bench.enqueue(1, None).await;

    assert_eq!(bench.work(2).await, [Call::Run(1, 1), Call::GiveUp]);

    let row = bench.row().await;
    assert!(row.died_at.is_some());
    assert_eq!(
        row.last_error.as_deref(),
        Some("the job cannot be done: it was never there")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_cannot_be_told_of_the_end_is_told_again() {
    let mut bench = Bench::build().await;
    bench.act([Act::Despair, Act::Despair]);
    *bench.hand.give_up_fails.lock().unwrap() = Some(JobError::failed("nobody listens"));
    bench.enqueue(1, None).await;

    bench.work(2).await;
    assert!(bench.row().await.died_at.is_none());
    bench.clock.advance(TimeDelta::minutes(1));
    bench.work(2).await;

    assert!(bench.row().await.died_at.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_can_never_be_told_of_the_end_is_told_once() {
    let mut bench = Bench::build().await;
    bench.act([Act::Despair]);
    *bench.hand.give_up_fails.lock().unwrap() = Some(JobError::Permanent("it was never there".into()));
    bench.enqueue(1, None).await;

    assert_eq!(bench.work(2).await, [Call::Run(1, 1), Call::GiveUp]);

    assert!(bench.row().await.died_at.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_fails_its_job_and_spares_the_others() {
    let mut bench = Bench::build().await;
    bench.act([Act::Panic]);
    bench.enqueue(1, None).await;
    bench.work(1).await;
    bench.enqueue(2, None).await;

    assert_eq!(bench.work(1).await, [Call::Run(1, 2)]);

    assert_eq!(
        bench.row().await.last_error.as_deref(),
        Some("the handler panicked: no hands")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_is_one_live_job_per_key_at_the_earlier_time() {
    let mut bench = Bench::build().await;
    bench
        .enqueue_at(1, Some("key"), noon() + TimeDelta::hours(1))
        .await;
    bench
        .enqueue_at(2, Some("other"), noon() + TimeDelta::hours(1))
        .await;

    bench.enqueue(3, Some("key")).await;

    assert_eq!(bench.work(1).await, [Call::Run(1, 1)]);
    assert_eq!(bench.rows().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_is_enqueued_again_while_it_runs_runs_once_more() {
    let mut bench = Bench::build().await;
    bench.act([Act::Linger(None)]);
    bench.enqueue(1, Some("key")).await;
    let running = crate::support::worker::run(&bench.core, vec![bench.hand.clone()]);
    assert_eq!(bench.call().await, Call::Run(1, 1));

    bench.enqueue(2, Some("key")).await;
    bench.hand.gate.add_permits(1);

    assert_eq!(bench.call().await, Call::Run(1, 1));
    running.stop().await;
    assert!(bench.rows().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_is_enqueued_for_sooner_while_it_runs_runs_sooner_than_it_wanted() {
    let mut bench = Bench::build().await;
    bench.act([Act::Linger(Some(TimeDelta::hours(2)))]);
    bench.enqueue(1, Some("key")).await;
    let running = crate::support::worker::run(&bench.core, vec![bench.hand.clone()]);
    assert_eq!(bench.call().await, Call::Run(1, 1));

    for wait in [TimeDelta::hours(1), TimeDelta::hours(3)] {
        bench.enqueue_at(2, Some("key"), noon() + wait).await;
    }
    bench.hand.gate.add_permits(1);
    running.stop().await;

    assert_eq!(bench.row().await.run_at, noon() + TimeDelta::hours(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_is_enqueued_for_later_while_it_runs_waits_for_that() {
    let mut bench = Bench::build().await;
    bench.act([Act::Linger(None)]);
    bench.enqueue(1, Some("key")).await;
    let running = crate::support::worker::run(&bench.core, vec![bench.hand.clone()]);
    assert_eq!(bench.call().await, Call::Run(1, 1));

    bench
        .enqueue_at(2, Some("key"), noon() + TimeDelta::hours(1))
        .await;
    bench.hand.gate.add_permits(1);
    running.stop().await;

    assert_eq!(bench.row().await.run_at, noon() + TimeDelta::hours(1));
}
