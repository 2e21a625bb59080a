use std::sync::Arc;

use async_trait::async_trait;
use chrono::TimeDelta;

use super::Expires;
use crate::id::UserId;
use crate::jobs::{Done, Handler, Job, JobError, Schedule};
use crate::plan;
use crate::work::{Core, WorkError};

/// The number of rows removed in one transaction, so that locks are short.
const BATCH: i64 = 200;

/// The kind of the job that sweeps.
const SWEEP: &str = "retention.sweep";

/// The number of rows of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// The kind: [`Expires::name`].
    pub name: &'static str,
    /// The number of rows.
    pub count: i64,
}

/// Removes rows whose retention time is over.
#[derive(Debug, Clone)]
pub struct Sweeper {
    core: Core,
    kept: Arc<[Arc<dyn Expires>]>,
}

impl Sweeper {
    /// Creates a sweeper of everything in `kept`, in this order.
    pub fn new(core: Core, kept: Vec<Arc<dyn Expires>>) -> Self {
        Self {
            core,
            kept: kept.into(),
        }
    }

    /// Counts the rows of `user` that are due for removal. Changes nothing.
    ///
    /// # Errors
    /// [`WorkError`].
    pub async fn survey(&self, user: UserId) -> Result<Vec<Tally>, WorkError> {
        let now = self.core.clock.now();
        let mut tx = self.core.db.begin(user).await?;
        let terms = plan::retention(&mut tx, user).await?;
        let mut tallies = self.tallies();
        for (tally, kept) in tallies.iter_mut().zip(&*self.kept) {
            if let Some(before) = kept.keeping().cutoff(terms, now) {
                tally.count = kept.count(&mut tx, user, before).await?;
            }
        }
        tx.commit().await?;
        Ok(tallies)
    }

    /// Removes the rows of `user` that are due, one batch per transaction; returns the numbers of removed rows.
    ///
    /// # Errors
    /// [`WorkError`]; what went until then stays gone.
    pub async fn purge(&self, user: UserId) -> Result<Vec<Tally>, WorkError> {
        let mut tallies = self.tallies();
        while self.purge_batch(user, &mut tallies).await? {}
        Ok(tallies)
    }

    /// One transaction of [`Self::purge`]. True when there may be more.
    async fn purge_batch(&self, user: UserId, tallies: &mut [Tally]) -> Result<bool, WorkError> {
        let mut work = self.core.begin(user).await?;
        let (terms, now) = (plan::retention(&mut work, user).await?, work.now);
        let mut gone = vec![0; tallies.len()];
        let mut left = BATCH;
        for (gone, kept) in gone.iter_mut().zip(&*self.kept) {
            if left == 0 {
                break;
            }
            if let Some(before) = kept.keeping().cutoff(terms, now) {
                *gone = kept.expire(&mut work, before, left).await?;
                left -= *gone;
            }
        }
        work.commit().await?;
        for (tally, gone) in tallies.iter_mut().zip(gone) {
            tally.count += gone;
        }
        Ok(left == 0)
    }

    fn tallies(&self) -> Vec<Tally> {
        let none = |kept: &Arc<dyn Expires>| Tally {
            name: kept.name(),
            count: 0,
        };
        self.kept.iter().map(none).collect()
    }
}

/// Handler of the job that removes the due rows of all users, one user after the other.
#[derive(Debug, Clone)]
pub struct SweepJob {
    /// The sweeper of one user.
    pub sweeper: Sweeper,
}

impl SweepJob {
    /// The schedule of the job.
    pub const SCHEDULE: Schedule = Schedule::every(SWEEP, TimeDelta::hours(1));

    async fn purge(&self, user: UserId) {
        match self.sweeper.purge(user).await {
            Ok(tallies) => {
                let gone: i64 = tallies.iter().map(|tally| tally.count).sum();
                if gone > 0 {
                    tracing::info!(user.id = %user, gone, "what user {user} kept for its time is gone: {gone} rows");
                }
            }
            // One user's trouble is not another's; the next round comes by again.
            Err(error) => {
                tracing::warn!(user.id = %user, "what is due of user {user} cannot be removed now: {}", crate::telemetry::chain(&error));
            }
        }
    }
}

#[async_trait]
impl Handler for SweepJob {
    fn kind(&self) -> &'static str {
        SWEEP
    }

    async fn run(&self, _: &Job) -> Result<Done, JobError> {
        let mut behind = None;
        loop {
            let users = self.sweeper.core.users_after(behind).await?;
            let Some(last) = users.last() else {
                return Ok(Done::Finished);
            };
            behind = Some(*last);
            for user in users {
                self.purge(user).await;
            }
        }
    }
}
