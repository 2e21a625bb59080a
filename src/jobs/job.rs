use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::JobError;
use crate::id::{JobId, UserId};

/// Work to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// The [`Handler::kind`](super::Handler::kind) of the handler that does it.
    pub kind: &'static str,
    /// The user it belongs to; it is deleted with the user.
    pub user: Option<UserId>,
    /// The ids that the handler needs.
    pub payload: serde_json::Value,
    /// At most one live job exists per kind and key: enqueuing a second one moves the first to the earlier of their
    /// times.
    pub unique_key: Option<String>,
    /// The earliest time to run it.
    pub run_at: DateTime<Utc>,
    /// The number of tries before it is given up.
    pub max_attempts: i32,
}

/// A job that a worker has claimed.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// The job's row.
    pub id: JobId,
    /// The kind of the job.
    pub kind: String,
    /// The user it belongs to; none for work of the server.
    pub user: Option<UserId>,
    /// The ids that the handler needs; [`Job::read`] parses them.
    pub payload: serde_json::Value,
    /// The number of this try, from 1.
    pub attempt: i32,
    /// The number of tries before it is given up.
    pub max_attempts: i32,
    /// The time at which it was enqueued.
    pub created_at: DateTime<Utc>,
    pub(super) claim: Uuid,
}

impl Job {
    /// The payload, parsed.
    ///
    /// # Errors
    /// [`JobError::Permanent`] when the payload has another form.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, JobError> {
        serde_json::from_value(self.payload.clone()).map_err(|e| JobError::Permanent(e.into()))
    }

    /// The user it belongs to, for handlers whose jobs belong to users.
    ///
    /// # Errors
    /// [`JobError::Permanent`] when it belongs to no user.
    pub fn owner(&self) -> Result<UserId, JobError> {
        self.user
            .ok_or_else(|| JobError::Permanent("the job names no user".into()))
    }
}
