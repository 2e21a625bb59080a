//! A shift of AMDA's workers: the jobs of billing, until none is due.

use std::sync::Arc;

use amda::jobs::{Done, Handler, Job, JobError, WorkerOptions};
use async_trait::async_trait;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::timeout;

use super::market::Market;
use crate::support::worker::{BUSY, DEADLINE, run_at};

const DUE: &str =
    "SELECT count(*) FROM jobs WHERE kind LIKE 'billing.%' AND died_at IS NULL AND claim IS NULL
    AND run_at <= to_timestamp($1::bigint)";

const FAILED: &str = "SELECT last_error FROM jobs WHERE kind LIKE 'billing.%' AND last_error IS NOT NULL
    AND (died_at IS NOT NULL OR last_error NOT LIKE '%Stripe is not available%')";

/// A handler that tells of the end of each job.
#[derive(Debug)]
struct Telling {
    handler: Arc<dyn Handler>,
    ended: UnboundedSender<()>,
}

#[async_trait]
impl Handler for Telling {
    fn kind(&self) -> &'static str {
        self.handler.kind()
    }

    async fn run(&self, job: &Job) -> Result<Done, JobError> {
        let done = self.handler.run(job).await;
        // Nobody waits for it any more.
        let _ = self.ended.send(());
        done
    }

    async fn give_up(&self, job: &Job, why: &str) -> Result<(), JobError> {
        self.handler.give_up(job, why).await
    }
}

/// Runs what is due. Jobs may fail only because Stripe does not answer.
pub(super) async fn work_off(market: &Market) {
    while due(market).await > 0 {
        let worked = timeout(DEADLINE, work(market));
        worked.await.expect("the jobs end in time");
    }
    let failed = market.watcher.query(FAILED, &[]).await.unwrap();
    let errors: Vec<String> = failed.iter().map(|row| row.get(0)).collect();
    assert_eq!(errors, [""; 0], "jobs fail");
}

/// Lets a worker run until it has begun everything that is due, and has ended what it began.
async fn work(market: &Market) {
    let (ended, mut heard) = mpsc::unbounded_channel();
    let handlers = market.world.handlers("billing.").into_iter();
    let telling = handlers.map(|handler| -> Arc<dyn Handler> {
        let ended = ended.clone();
        Arc::new(Telling { handler, ended })
    });
    // One after the other, so that a seed always leads to the same history.
    let options = WorkerOptions { at_once: 1, ..BUSY };
    let running = run_at(&market.world.core, telling.collect(), options);
    next(&mut heard).await;
    while due(market).await > 0 {
        next(&mut heard).await;
    }
    running.stop().await;
}

/// Waits for the end of a job.
async fn next(heard: &mut UnboundedReceiver<()>) {
    heard.recv().await.expect("a handler lives as long as its worker");
}

/// Number of jobs that are due and that no worker has.
async fn due(market: &Market) -> i64 {
    let counted = market.watcher.query_one(DUE, &[&market.now()]).await;
    counted.unwrap().get(0)
}
