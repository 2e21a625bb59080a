use chrono::{DateTime, Utc};
use thiserror::Error;

use crate::db::DbError;
use crate::telemetry;
use crate::work::WorkError;

/// A cause, kept whole for the log.
type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a try failed, and whether another may help.
#[derive(Debug, Error)]
pub enum JobError {
    /// It may go better later: tried again after a back-off.
    #[error("the job failed")]
    Failed(#[source] Cause),
    /// It may go better from a time that is known.
    #[error("the job failed until {at}")]
    FailedUntil {
        /// Not before this.
        at: DateTime<Utc>,
        /// Why.
        #[source]
        cause: Cause,
    },
    /// It will never go better: given up at once.
    #[error("the job cannot be done")]
    Hopeless(#[source] Cause),
    /// The handler panicked.
    #[error("the handler panicked: {0}")]
    Panicked(String),
}

impl JobError {
    /// A failure that another try may mend.
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
