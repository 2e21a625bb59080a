use async_trait::async_trait;
use chrono::TimeDelta;

use super::service::DeletedMessagesService;
use crate::jobs::{Done, Handler, Job, JobError, Schedule};

const KIND: &str = "deleted_messages.release";

/// Job that removes held messages whose window has ended.
#[derive(Debug, Clone)]
pub struct Release {
    /// The service.
    pub service: DeletedMessagesService,
}

impl Release {
    /// Schedule of the job; a message is held at most this interval longer than its window.
    pub const SCHEDULE: Schedule = Schedule::every(KIND, TimeDelta::minutes(10));
}

#[async_trait]
impl Handler for Release {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, _: &Job) -> Result<Done, JobError> {
        self.service.release_due().await.map_err(JobError::failed)?;
        Ok(Done::Finished)
    }
}
