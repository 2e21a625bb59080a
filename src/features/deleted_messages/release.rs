use async_trait::async_trait;
use chrono::TimeDelta;

use super::service::DeletedMessagesService;
use crate::db::DbError;
use crate::jobs::{self, Done, Handler, Job, JobError, NewJob};
use crate::work::Core;

const KIND: &str = "deleted_messages.release";

/// How long after its time a message may still be held.
const EVERY: TimeDelta = TimeDelta::minutes(10);

/// Lets go of held messages whose time has passed, over and over.
#[derive(Debug, Clone)]
pub struct Release {
    /// The service.
    pub service: DeletedMessagesService,
}

impl Release {
    /// Sees to it that there is one such job; call it at every start.
    ///
    /// # Errors
    /// The database's.
    pub async fn schedule(core: &Core) -> Result<(), DbError> {
        let now = core.clock.now();
        let job = NewJob {
            kind: KIND,
            user: None,
            payload: serde_json::Value::Null,
            unique_key: Some("every user".to_owned()),
            run_at: now,
            // It is never given up: what is not let go today is let go tomorrow.
            max_attempts: i32::MAX,
        };
        let mut tx = core.db.begin_for_nobody().await?;
        jobs::enqueue_on(&mut tx, &core.ids, now, &job).await?;
        tx.commit().await
    }
}

#[async_trait]
impl Handler for Release {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, _: &Job) -> Result<Done, JobError> {
        self.service.release_due().await.map_err(JobError::failed)?;
        Ok(Done::Again(self.service.core().clock.now() + EVERY))
    }
}
