use std::any::Any;
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::FutureExt;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use super::store::{self, NextDue};
use super::{Claim, Done, Handler, Job, JobError};
use crate::db::DbError;
use crate::id::Ids;
use crate::work::Core;

/// Back-off after the first try.
const FIRST_BACK_OFF: TimeDelta = TimeDelta::seconds(5);
/// Maximum back-off.
const MAX_BACK_OFF: TimeDelta = TimeDelta::hours(1);
/// Delay before a due job is claimed whose row was locked.
const LOCKED_RETRY_DELAY: Duration = Duration::from_millis(250);
/// Delay before `give_up` is called again after it failed.
const GIVE_UP_RETRY_DELAY: TimeDelta = TimeDelta::minutes(1);

/// The concurrency and timeouts of a worker.
#[derive(Debug, Clone, Copy)]
pub struct WorkerOptions {
    /// Number of jobs that run at once.
    pub at_once: usize,
    /// Interval at which an idle worker polls the table, for jobs whose wake-up was lost. At most
    /// [`LONGEST_POLL`](super::LONGEST_POLL), within which every new job has a wake-up.
    pub poll: Duration,
    /// Duration of a claim without renewal. A living worker renews it three times in that time.
    pub lease: Duration,
    /// Time that running jobs have after the stop; then they are returned to the queue.
    pub drain: Duration,
}

/// Runs due jobs until it is stopped.
#[derive(Debug)]
pub struct Worker {
    core: Core,
    handlers: HashMap<&'static str, Arc<dyn Handler>>,
    options: WorkerOptions,
    /// Notified when a job ends: a slot is free, and the job may have enqueued another.
    job_ended: Notify,
}

impl Worker {
    /// A worker with these handlers; jobs of other kinds are left to other nodes.
    pub fn new(core: Core, handlers: Vec<Arc<dyn Handler>>, options: WorkerOptions) -> Self {
        let handlers: HashMap<_, _> = handlers
            .into_iter()
            .map(|handler| (handler.kind(), handler))
            .collect();
        handlers.keys().copied().for_each(|kind| declare(&core, kind));
        Self {
            core,
            handlers,
            options,
            job_ended: Notify::new(),
        }
    }

    /// Runs jobs until `stop`, then waits for the running ones. Jobs that take longer than [`WorkerOptions::drain`] are
    /// cancelled and returned to the queue.
    pub async fn run(self, stop: CancellationToken) {
        let worker = Arc::new(self);
        let slots = Arc::new(Semaphore::new(worker.options.at_once));
        let abandon = CancellationToken::new();
        let running = TaskTracker::new();
        let mut committed = worker.core.db.subscribe_to_wakeups();
        loop {
            let free = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                free = free_slots(&slots) => free,
            };
            // Jobs committed from here on may not be seen by this claim.
            committed.mark_unchanged();
            if let Some(idle) = worker.start_due(free, &running, &abandon).await {
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = worker.job_ended.notified() => {}
                    Ok(()) = committed.changed() => {}
                    () = worker.until_due(idle.due_at) => {}
                    () = until_lease_ends(idle.lease_left) => {}
                    () = tokio::time::sleep(worker.options.poll) => {}
                }
            }
        }
        running.close();
        if tokio::time::timeout(worker.options.drain, running.wait())
            .await
            .is_err()
        {
            tracing::warn!(
                jobs = running.len(),
                "returning jobs to the queue that did not end in time"
            );
            abandon.cancel();
            running.wait().await;
        }
    }

    /// Returns when the next job is due; never when there is none. One that is due already was locked by somebody.
    async fn until_due(&self, next: Option<DateTime<Utc>>) {
        let clock = &self.core.clock;
        match next {
            Some(next) if next > clock.now() => clock.sleep_until(next).await,
            Some(_) => tokio::time::sleep(LOCKED_RETRY_DELAY).await,
            None => std::future::pending().await,
        }
    }

    /// Claims and starts due jobs, one per free slot. None when more may be due now.
    async fn start_due(
        self: &Arc<Self>,
        free: Vec<OwnedSemaphorePermit>,
        running: &TaskTracker,
        abandon: &CancellationToken,
    ) -> Option<NextDue> {
        let wanted = free.len();
        let lease_ends = Instant::now() + self.options.lease;
        let (jobs, idle) = match self.claim(wanted).await {
            Ok(claimed) => claimed,
            Err(error) => {
                error.warn("jobs cannot be claimed now");
                return Some(NextDue {
                    due_at: None,
                    lease_left: None,
                });
            }
        };
        for (job, slot) in jobs.into_iter().zip(free) {
            let span =
                tracing::debug_span!("job", job.id = %job.id, job.kind = job.kind, job.attempt = job.attempt);
            let (worker, abandon) = (Arc::clone(self), abandon.clone());
            running.spawn(
                async move {
                    worker.run_claimed(&job, lease_ends, &abandon).await;
                    drop(slot);
                    worker.job_ended.notify_one();
                }
                .instrument(span),
            );
        }
        idle
    }

    /// Claims due jobs; when there are fewer than `limit`, finds out when the next one is due.
    async fn claim(&self, limit: usize) -> Result<(Vec<Job>, Option<NextDue>), DbError> {
        let kinds: Vec<&str> = self.handlers.keys().copied().collect();
        let wanted = Claim {
            kinds: &kinds,
            now: self.core.clock.now(),
            lease: self.lease(),
            limit: i64::try_from(limit).unwrap_or(i64::MAX),
        };
        let mut tx = self.core.db.begin_without_user().await?;
        let jobs = store::claim(&mut tx, &self.core.ids, wanted).await?;
        let idle = if jobs.len() < limit {
            Some(store::next_due(&mut tx, &kinds, self.lease()).await?)
        } else {
            None
        };
        tx.commit().await?;
        Ok((jobs, idle))
    }

    /// Runs a claimed job and writes its outcome, unless the claim is lost or the drain time is over.
    async fn run_claimed(&self, job: &Job, lease_ends: Instant, abandon: &CancellationToken) {
        let settled = tokio::select! {
            outcome = self.attempt(job) => self.settle(job, outcome).await,
            () = self.renew_until_lost(job, lease_ends) => {
                tracing::warn!("the job's lease ran out; another worker may have it now");
                Ok(())
            }
            () = abandon.cancelled() => self.release(job).await,
        };
        if let Err(error) = settled {
            error.warn("a job's outcome cannot be written; it runs again when its lease is over");
        }
    }

    async fn attempt(&self, job: &Job) -> Result<Done, JobError> {
        if job.attempt > job.max_attempts {
            return Err(JobError::Permanent(
                "no try is left, and the last one did not come to an end".into(),
            ));
        }
        let handler = self.handler(job)?;
        AssertUnwindSafe(handler.run(job))
            .catch_unwind()
            .await
            .unwrap_or_else(|panic| Err(JobError::Panicked(panic_message(panic.as_ref()))))
    }

    fn handler(&self, job: &Job) -> Result<&Arc<dyn Handler>, JobError> {
        // Only jobs of known kinds are claimed.
        self.handlers
            .get(job.kind.as_str())
            .ok_or_else(|| JobError::failed("no handler"))
    }

    async fn settle(&self, job: &Job, outcome: Result<Done, JobError>) -> Result<(), DbError> {
        let (now, metrics) = (self.core.clock.now(), &self.core.metrics);
        let error = match outcome {
            Ok(Done::Finished) => {
                let mut tx = self.core.db.begin_without_user().await?;
                store::finish(&mut tx, job).await?;
                tx.commit().await?;
                metrics.jobs_finished.add_one(job.kind.clone());
                return Ok(());
            }
            Ok(Done::Again(at)) => {
                metrics.jobs_finished.add_one(job.kind.clone());
                return self.requeue(job, at, true, None).await;
            }
            Err(error) => error,
        };
        let why = error.chain();
        let may_retry = !matches!(error, JobError::Permanent(_)) && job.attempt < job.max_attempts;
        if may_retry {
            let at = match error {
                JobError::FailedUntil { at, .. } => at,
                _ => now + back_off(&self.core.ids, job.attempt),
            };
            metrics.jobs_failed.add_one(job.kind.clone());
            tracing::warn!("a job failed and is tried again at {at}: {why}");
            return self.requeue(job, at, false, Some(&why)).await;
        }
        self.give_up(job, &why).await
    }

    /// Calls the handler's `give_up`, then marks the job dead. When `give_up` fails, it is called again later, unless
    /// its error is hopeless too.
    async fn give_up(&self, job: &Job, why: &str) -> Result<(), DbError> {
        tracing::error!("a job is given up: {why}");
        let now = self.core.clock.now();
        let given_up = match self.handler(job) {
            Ok(handler) => AssertUnwindSafe(handler.give_up(job, why))
                .catch_unwind()
                .await
                .unwrap_or_else(|panic| Err(JobError::Panicked(panic_message(panic.as_ref())))),
            Err(error) => Err(error),
        };
        if let Err(error) = given_up {
            tracing::error!("the handler failed to give the job up: {}", error.chain());
            if !matches!(error, JobError::Permanent(_)) {
                return self
                    .requeue(job, now + GIVE_UP_RETRY_DELAY, false, Some(why))
                    .await;
            }
        }
        let mut tx = self.core.db.begin_without_user().await?;
        store::mark_dead(&mut tx, job, now, why).await?;
        tx.commit().await?;
        self.core.metrics.jobs_given_up.add_one(job.kind.clone());
        Ok(())
    }

    async fn requeue(
        &self,
        job: &Job,
        at: DateTime<Utc>,
        is_fresh: bool,
        error: Option<&str>,
    ) -> Result<(), DbError> {
        let mut tx = self.core.db.begin_without_user().await?;
        store::requeue(&mut tx, job, Some(at), is_fresh, error).await?;
        tx.commit().await
    }

    async fn release(&self, job: &Job) -> Result<(), DbError> {
        let mut tx = self.core.db.begin_without_user().await?;
        store::release(&mut tx, job, self.core.clock.now()).await?;
        tx.commit().await
    }

    /// Renews the lease while the job runs. Returns when the claim is lost, or the lease ends before it could be
    /// renewed.
    async fn renew_until_lost(&self, job: &Job, mut lease_ends: Instant) {
        loop {
            tokio::time::sleep(self.options.lease / 3).await;
            let asked = Instant::now();
            match timeout_at(lease_ends, self.renew(job)).await {
                Ok(Ok(true)) => lease_ends = asked + self.options.lease,
                Ok(Err(error)) => {
                    error.warn("the job's lease cannot be renewed now");
                }
                Ok(Ok(false)) | Err(_) => return,
            }
        }
    }

    async fn renew(&self, job: &Job) -> Result<bool, DbError> {
        let mut tx = self.core.db.begin_without_user().await?;
        let is_ours = store::renew(&mut tx, job, self.lease()).await?;
        tx.commit().await?;
        Ok(is_ours)
    }

    fn lease(&self) -> TimeDelta {
        TimeDelta::from_std(self.options.lease).unwrap_or(TimeDelta::MAX)
    }
}

/// Returns when a lease that has so much time left is over; never when there is none.
async fn until_lease_ends(left: Option<TimeDelta>) {
    match left {
        Some(left) => tokio::time::sleep(left.to_std().unwrap_or_default()).await,
        None => std::future::pending().await,
    }
}

/// Shows the counts of a kind of job from the beginning.
fn declare(core: &Core, kind: &'static str) {
    let metrics = &core.metrics;
    for counts in [
        &metrics.jobs_finished,
        &metrics.jobs_failed,
        &metrics.jobs_given_up,
    ] {
        counts.declare(kind);
    }
}

/// Waits for a free slot and takes all that are free.
async fn free_slots(slots: &Arc<Semaphore>) -> Vec<OwnedSemaphorePermit> {
    let first = Arc::clone(slots)
        .acquire_owned()
        .await
        .expect("the semaphore is never closed");
    let mut free = vec![first];
    while let Ok(next) = Arc::clone(slots).try_acquire_owned() {
        free.push(next);
    }
    free
}

/// Delay after try number `attempt`: 5 s, 10 s, 20 s and so on to an hour, less a random part of up to half.
fn back_off(ids: &Ids, attempt: i32) -> TimeDelta {
    let doublings = u32::try_from(attempt - 1).unwrap_or(0).min(16);
    let whole = (FIRST_BACK_OFF * 2_i32.pow(doublings)).min(MAX_BACK_OFF);
    let millis = u64::try_from(whole.num_milliseconds()).unwrap_or(0);
    TimeDelta::milliseconds(i64::try_from(ids.between(millis / 2, millis)).unwrap_or(0))
}

/// The message of a panic.
fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without a message".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;

    #[test]
    fn the_back_off_doubles_to_an_hour_and_is_spread_by_half() {
        let ids = Ids::seeded(Arc::new(SystemClock), 1);

        for (attempt, whole) in [(1, 5), (2, 10), (3, 20), (10, 2560), (11, 3600), (1000, 3600)] {
            let wait = back_off(&ids, attempt).num_milliseconds();
            assert!(
                (whole * 500..=whole * 1000).contains(&wait),
                "try {attempt}: {wait} ms"
            );
        }
    }
}
