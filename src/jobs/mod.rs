//! Due work: written in the transaction that wants it, done after its commit, tried again when it fails.
//!
//! ```text
//! enqueue (in a unit of work) -> COMMIT -> bell -> Worker claims what is due -> Handler::run -> deleted
//!                                                      ^                            |
//!                                                      '--- later, after back-off --'--> dead, with its last error
//! ```
//!
//! A claim is a lease: a worker that dies is followed by another when the lease runs out. So work is done at least
//! once, and every [`Handler`] must bear being run again after it succeeded. A job carries ids and nothing private.
//!
//! Work that is due at once starts with its commit, on this node or another: the commit rings a bell, and workers look
//! at the table from time to time anyway. Work that comes round has a [`Schedule`].

mod desk;
mod error;
mod schedule;
mod share;
mod store;
mod worker;

pub use desk::{
    Dead, DeskError, Queue, Revived, Scheduled, Which, discard, list_dead, list_schedules, overview, retry,
};
pub use error::JobError;
pub use schedule::{Cadence, Schedule, Scheduler};
pub use share::{Share, Turn};
pub use store::{claim, enqueue, enqueue_on};
pub use worker::{Pace, Worker};

use std::fmt::Debug;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::id::{JobId, UserId};

/// Work to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// Who does it: the [`Handler::kind`].
    pub kind: &'static str,
    /// Whose it is; it goes when they go.
    pub user: Option<UserId>,
    /// The ids that the handler needs.
    pub payload: serde_json::Value,
    /// There is one live job per kind and key: a second one is the first, at the earlier of their times.
    pub unique_key: Option<String>,
    /// Not before this.
    pub run_at: DateTime<Utc>,
    /// How often it is tried before it is given up.
    pub max_attempts: i32,
}

/// Work that somebody is doing.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its row.
    pub id: JobId,
    /// Who does it.
    pub kind: String,
    /// Whose it is.
    pub user: Option<UserId>,
    /// The ids that the handler needs; [`Job::read`] takes them apart.
    pub payload: serde_json::Value,
    /// Which try this is, from 1.
    pub attempt: i32,
    /// How many tries there are.
    pub max_attempts: i32,
    /// When it was enqueued.
    pub created_at: DateTime<Utc>,
    claim: Uuid,
}

impl Job {
    /// The payload as the handler knows it.
    ///
    /// # Errors
    /// [`JobError::Hopeless`] when another version wrote something else.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, JobError> {
        serde_json::from_value(self.payload.clone()).map_err(|e| JobError::Hopeless(e.into()))
    }

    /// Whose it is, for handlers whose jobs belong to users.
    ///
    /// # Errors
    /// [`JobError::Hopeless`] when it is nobody's.
    pub fn owner(&self) -> Result<UserId, JobError> {
        self.user
            .ok_or_else(|| JobError::Hopeless("the job names no user".into()))
    }
}

/// What came of a job that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// It is done, and forgotten.
    Finished,
    /// It is to run again at this time. Costs no attempt.
    Again(DateTime<Utc>),
}

/// Does one kind of work.
#[async_trait]
pub trait Handler: Debug + Send + Sync {
    /// The kind, unique among handlers; dotted, such as `media.fetch`.
    fn kind(&self) -> &'static str;

    /// Does the work. May run again after it succeeded, and is cancelled at any `await` when its lease is lost or the
    /// server cannot wait for it any longer.
    ///
    /// # Errors
    /// [`JobError`] says whether another try may help.
    async fn run(&self, job: &Job) -> Result<Done, JobError>;

    /// Called once no try is left, before the job is marked dead, so that whoever waits for it can be told `why`.
    ///
    /// # Errors
    /// When it has to be called again later.
    async fn give_up(&self, _job: &Job, _why: &str) -> Result<(), JobError> {
        Ok(())
    }
}
