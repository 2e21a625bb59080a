use std::fmt::Debug;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Job, JobError};

/// The result of a job that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// The job is done; its row is deleted.
    Finished,
    /// The job is to run again at this time, which costs no try.
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

    /// Called when no try is left, before the job is marked dead, so that the feature can record the failure `why`.
    ///
    /// # Errors
    /// When `give_up` must be called again later.
    async fn give_up(&self, _job: &Job, _why: &str) -> Result<(), JobError> {
        Ok(())
    }
}
