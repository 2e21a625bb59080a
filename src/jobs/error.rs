use chrono::{DateTime, Utc};
use thiserror::Error;

use crate::db::DbError;
use crate::telemetry;
use crate::work::WorkError;

/// The boxed error that made a try fail.
type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Error of a try, which says whether another try may help.
#[derive(Debug, Error)]
pub enum JobError {
    /// Another try may help: made after a back-off.
    #[error("the job failed")]
    Failed(#[source] Cause),
    /// Another try may help from a known time on.
    #[error("the job failed until {at}")]
    FailedUntil {
        /// The earliest time of the next try.
        at: DateTime<Utc>,
        /// The error of this try.
        #[source]
        cause: Cause,
    },
    /// No other try can help: given up at once.
    #[error("the job cannot be done")]
    Permanent(#[source] Cause),
    /// The handler panicked.
    #[error("the handler panicked: {0}")]
    Panicked(String),
}

impl JobError {
    /// A failure that another try may fix.
    pub fn failed(cause: impl Into<Cause>) -> Self {
        Self::Failed(cause.into())
    }

    /// The error and its causes on one line.
    pub fn chain(&self) -> String {
        telemetry::chain(self)
    }
}

impl From<WorkError> for JobError {
    fn from(error: WorkError) -> Self {
        Self::failed(error)
    }
}

impl From<DbError> for JobError {
    fn from(error: DbError) -> Self {
        Self::failed(error)
    }
}

impl From<diesel::result::Error> for JobError {
    fn from(error: diesel::result::Error) -> Self {
        Self::failed(error)
    }
}
