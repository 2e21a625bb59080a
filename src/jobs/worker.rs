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

use super::{Done, Handler, Job, JobError, store};
use crate::db::DbError;
use crate::id::Ids;
use crate::work::Core;

const FIRST_BACK_OFF: TimeDelta = TimeDelta::seconds(5);
const LONGEST_BACK_OFF: TimeDelta = TimeDelta::hours(1);
/// How long a handler whose `give_up` failed is left alone.
const GIVE_UP_AGAIN: TimeDelta = TimeDelta::minutes(1);

/// How a worker goes about it.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// How many jobs run at once.
    pub at_once: usize,
    /// How often an idle worker looks at the table for what no bell told of.
    pub poll: Duration,
    /// How long a job stays with a worker that says nothing more of it. A living one renews it thrice in that time.
    pub lease: Duration,
    /// How long running jobs may take after the stop; then they are given back.
    pub drain: Duration,
}

/// Does due jobs until it is told to stop.
#[derive(Debug)]
pub struct Worker {
    core: Core,
    handlers: HashMap<&'static str, Arc<dyn Handler>>,
    pace: Pace,
    /// Rung when a job ends: it may have enqueued another.
    bell: Notify,
}

impl Worker {
    /// A worker that does what `handlers` can, and leaves jobs of other kinds to other nodes.
    pub fn new(core: Core, handlers: Vec<Arc<dyn Handler>>, pace: Pace) -> Self {
        let handlers = handlers
            .into_iter()
            .map(|handler| (handler.kind(), handler))
            .collect();
        Self {
            core,
            handlers,
            pace,
            bell: Notify::new(),
        }
    }

    /// Works until `stop`, then waits for what is running. Jobs that take longer than [`Pace::drain`] are cancelled
    /// and given back to whoever comes next.
    pub async fn run(self, stop: CancellationToken) {
        let worker = Arc::new(self);
        let slots = Arc::new(Semaphore::new(worker.pace.at_once));
        let abandon = CancellationToken::new();
        let running = TaskTracker::new();
        let mut committed = worker.core.db.listen();
        loop {
            let free = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                free = free_slots(&slots) => free,
            };
            // Whatever rings from here on may not be seen by this look.
            committed.mark_unchanged();
            let is_idle = worker.start_due(free, &running, &abandon).await;
            if is_idle {
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = worker.bell.notified() => {}
                    Ok(()) = committed.changed() => {}
                    () = tokio::time::sleep(worker.pace.poll) => {}
                }
            }
        }
        running.close();
        if tokio::time::timeout(worker.pace.drain, running.wait())
            .await
            .is_err()
        {
            tracing::warn!(
                jobs = running.len(),
                "giving back the jobs that did not end in time"
            );
            abandon.cancel();
            running.wait().await;
        }
    }

    /// Starts what is due, one job per free slot. True when nothing more is due now.
    async fn start_due(
        self: &Arc<Self>,
        free: Vec<OwnedSemaphorePermit>,
        running: &TaskTracker,
        abandon: &CancellationToken,
    ) -> bool {
        let wanted = free.len();
        let ours_until = Instant::now() + self.pace.lease;
        let jobs = match self.claim(wanted).await {
            Ok(jobs) => jobs,
            Err(error) => {
                tracing::warn!("jobs cannot be claimed now: {error}");
                return true;
            }
        };
        let is_idle = jobs.len() < wanted;
        for (job, slot) in jobs.into_iter().zip(free) {
            let span =
                tracing::debug_span!("job", job.id = %job.id, job.kind = job.kind, job.attempt = job.attempt);
            let (worker, abandon) = (Arc::clone(self), abandon.clone());
            running.spawn(
                async move {
                    worker.see_through(&job, ours_until, &abandon).await;
                    drop(slot);
                    worker.bell.notify_one();
                }
                .instrument(span),
            );
        }
        is_idle
    }

    async fn claim(&self, most: usize) -> Result<Vec<Job>, DbError> {
        let kinds: Vec<&str> = self.handlers.keys().copied().collect();
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let now = self.core.clock.now();
        let mut tx = self.core.db.begin_for_nobody().await?;
        let jobs = store::claim(&mut tx, &self.core.ids, &kinds, now, now + self.lease(), most).await?;
        tx.commit().await?;
        Ok(jobs)
    }

    /// Runs a claimed job and settles it, unless the claim is lost or the server cannot wait any longer.
    async fn see_through(&self, job: &Job, ours_until: Instant, abandon: &CancellationToken) {
        let settled = tokio::select! {
            outcome = self.attempt(job) => self.settle(job, outcome).await,
            () = self.keep(job, ours_until) => {
                tracing::warn!("the job's lease ran out; another worker may have it now");
                Ok(())
            }
            () = abandon.cancelled() => self.release(job).await,
        };
        if let Err(error) = settled {
            tracing::error!("the job's end cannot be written; it runs again when its lease is over: {error}");
        }
    }

    async fn attempt(&self, job: &Job) -> Result<Done, JobError> {
        if job.attempt > job.max_attempts {
            return Err(JobError::Hopeless(
                "no try is left, and the last one did not come to an end".into(),
            ));
        }
        let handler = self.handler(job)?;
        AssertUnwindSafe(handler.run(job))
            .catch_unwind()
            .await
            .unwrap_or_else(|panic| Err(JobError::Panicked(words(panic.as_ref()))))
    }

    fn handler(&self, job: &Job) -> Result<&Arc<dyn Handler>, JobError> {
        // Only jobs of known kinds are claimed.
        self.handlers
            .get(job.kind.as_str())
            .ok_or_else(|| JobError::failed("no handler"))
    }

    async fn settle(&self, job: &Job, outcome: Result<Done, JobError>) -> Result<(), DbError> {
        let now = self.core.clock.now();
        let error = match outcome {
            Ok(Done::Finished) => {
                let mut tx = self.core.db.begin_for_nobody().await?;
                store::finish(&mut tx, job).await?;
                return tx.commit().await;
            }
            Ok(Done::Again(at)) => return self.hand_back(job, at, true, None).await,
            Err(error) => error,
        };
        let why = error.chain();
        let may_help = !matches!(error, JobError::Hopeless(_)) && job.attempt < job.max_attempts;
        if may_help {
            let at = match error {
                JobError::FailedUntil { at, .. } => at,
                _ => now + back_off(&self.core.ids, job.attempt),
            };
            tracing::warn!("a job failed and is tried again at {at}: {why}");
            return self.hand_back(job, at, false, Some(&why)).await;
        }
        self.give_up(job, &why).await
    }

    /// Tells the handler, then marks the job dead. A handler that cannot be told is told again later, unless it says that
    /// this is hopeless too.
    async fn give_up(&self, job: &Job, why: &str) -> Result<(), DbError> {
        tracing::error!("a job is given up: {why}");
        let now = self.core.clock.now();
        let told = match self.handler(job) {
            Ok(handler) => AssertUnwindSafe(handler.give_up(job, why))
                .catch_unwind()
                .await
                .unwrap_or_else(|panic| Err(JobError::Panicked(words(panic.as_ref())))),
            Err(error) => Err(error),
        };
        if let Err(error) = told {
            tracing::error!(
                "the job's handler could not be told that it is given up: {}",
                error.chain()
            );
            if !matches!(error, JobError::Hopeless(_)) {
                return self.hand_back(job, now + GIVE_UP_AGAIN, false, Some(why)).await;
            }
        }
        let mut tx = self.core.db.begin_for_nobody().await?;
        store::bury(&mut tx, job, now, why).await?;
        tx.commit().await
    }

    async fn hand_back(
        &self,
        job: &Job,
        at: DateTime<Utc>,
        is_fresh: bool,
        error: Option<&str>,
    ) -> Result<(), DbError> {
        let mut tx = self.core.db.begin_for_nobody().await?;
        store::hand_back(&mut tx, job, Some(at), is_fresh, error).await?;
        tx.commit().await
    }

    async fn release(&self, job: &Job) -> Result<(), DbError> {
        let mut tx = self.core.db.begin_for_nobody().await?;
        store::release(&mut tx, job, self.core.clock.now()).await?;
        tx.commit().await
    }

    /// Renews the lease, which is ours until then, while the job runs. Returns when it is lost, or over before it could
    /// be renewed.
    async fn keep(&self, job: &Job, mut ours_until: Instant) {
        loop {
            tokio::time::sleep(self.pace.lease / 3).await;
            let asked = Instant::now();
            match timeout_at(ours_until, self.renew(job)).await {
                Ok(Ok(true)) => ours_until = asked + self.pace.lease,
                Ok(Err(error)) => tracing::warn!("the job's lease cannot be renewed now: {error}"),
                Ok(Ok(false)) | Err(_) => return,
            }
        }
    }

    async fn renew(&self, job: &Job) -> Result<bool, DbError> {
        let until = self.core.clock.now() + self.lease();
        let mut tx = self.core.db.begin_for_nobody().await?;
        let is_ours = store::renew(&mut tx, job, until).await?;
        tx.commit().await?;
        Ok(is_ours)
    }

    fn lease(&self) -> TimeDelta {
        TimeDelta::from_std(self.pace.lease).unwrap_or(TimeDelta::MAX)
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

/// How long to wait after try number `attempt`: 5 s, 10 s, 20 s and so on to an hour, less up to half by chance.
fn back_off(ids: &Ids, attempt: i32) -> TimeDelta {
    let doublings = u32::try_from(attempt - 1).unwrap_or(0).min(16);
    let whole = (FIRST_BACK_OFF * 2_i32.pow(doublings)).min(LONGEST_BACK_OFF);
    let millis = u64::try_from(whole.num_milliseconds()).unwrap_or(0);
    TimeDelta::milliseconds(i64::try_from(ids.between(millis / 2, millis)).unwrap_or(0))
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without a word".to_owned())
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
