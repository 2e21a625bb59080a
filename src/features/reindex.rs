use std::fmt::Debug;

use async_trait::async_trait;
use chrono::TimeDelta;

use crate::id::UserId;
use crate::jobs::{Done, Handler, Job, JobError, Schedule};
use crate::telemetry;
use crate::work::{Core, Work, WorkError};

/// The number of rows that are indexed in one transaction.
const BATCH: i64 = 100;

/// Rows with terms of the search index.
#[async_trait]
pub trait Indexed: Debug + Send + Sync {
    /// The kind of the job.
    fn kind(&self) -> &'static str;

    /// Makes the terms of at most `limit` rows of the user of `work` again that are of another version of the index;
    /// returns the number of these rows. Locked rows are skipped.
    ///
    /// # Errors
    /// [`WorkError`].
    async fn reindex(&self, work: &mut Work, limit: i64) -> Result<usize, WorkError>;
}

/// Job that indexes the rows of all users again which another version of the search index has indexed. It goes on where
/// it was interrupted: a row that is done is of the current version.
#[derive(Debug)]
pub struct Reindex<T> {
    core: Core,
    rows: T,
}

impl<T: Indexed> Reindex<T> {
    /// Creates the job for `rows`.
    pub const fn new(core: Core, rows: T) -> Self {
        Self { core, rows }
    }

    /// The schedule of a job of `kind`. It is due at the first start of a release and comes round because nodes of the
    /// previous release may still write.
    pub const fn schedule(kind: &'static str) -> Schedule {
        Schedule::every(kind, TimeDelta::hours(1))
    }

    async fn reindex_all(&self, user: UserId) -> Result<usize, WorkError> {
        let mut count = 0;
        loop {
            let mut work = self.core.begin(user).await?;
            let done = self.rows.reindex(&mut work, BATCH).await?;
            work.commit().await?;
            count += done;
            if i64::try_from(done).is_ok_and(|done| done < BATCH) {
                return Ok(count);
            }
        }
    }

    async fn reindex_user(&self, user: UserId) {
        match self.reindex_all(user).await {
            Ok(0) => {}
            Ok(count) => {
                tracing::info!(user.id = %user, count, "{count} rows of user {user} are indexed again");
            }
            // The failure of one user must not stop the others; the next round tries again.
            Err(error) => {
                tracing::warn!(user.id = %user, "rows of user {user} cannot be indexed now: {}", telemetry::chain(&error));
            }
        }
    }
}

#[async_trait]
impl<T: Indexed> Handler for Reindex<T> {
    fn kind(&self) -> &'static str {
        self.rows.kind()
    }

    async fn run(&self, _: &Job) -> Result<Done, JobError> {
        let mut behind = None;
        loop {
            let users = self.core.users_after(behind).await?;
            let Some(last) = users.last() else {
                return Ok(Done::Finished);
            };
            behind = Some(*last);
            for user in users {
                self.reindex_user(user).await;
            }
        }
    }
}
