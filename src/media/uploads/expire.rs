use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::QueryResult;
use serde::{Deserialize, Serialize};

use super::store;
use crate::id::UploadId;
use crate::jobs::{self, Done, Handler, Job, JobError, NewJob};
use crate::media::forget;
use crate::work::{Core, Work};

const EXPIRE: &str = "media.expire_upload";
/// A database that is away comes back; this many tries are two days.
const MAX_ATTEMPTS: i32 = 60;

#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    upload: UploadId,
}

/// Has an upload removed at `at`, unless it is taken by then.
pub(super) async fn later(work: &mut Work, upload: UploadId, at: DateTime<Utc>) -> QueryResult<()> {
    let payload = serde_json::to_value(Payload { upload })
        .map_err(|e| diesel::result::Error::SerializationError(e.into()))?;
    let job = NewJob {
        kind: EXPIRE,
        user: Some(work.user),
        payload,
        unique_key: Some(upload.to_string()),
        run_at: at,
        max_attempts: MAX_ATTEMPTS,
    };
    jobs::enqueue(work, &job).await
}

/// Handler that removes uploads that nothing used.
#[derive(Debug)]
pub struct ExpireUpload {
    /// The services.
    pub core: Core,
}

#[async_trait]
impl Handler for ExpireUpload {
    fn kind(&self) -> &'static str {
        EXPIRE
    }

    async fn run(&self, job: &Job) -> Result<Done, JobError> {
        let Payload { upload } = job.read()?;
        let mut work = self.core.begin(job.owner()?).await?;
        match store::lock(&mut work, upload).await? {
            Some(unused) if unused.used_at.is_none() => {
                store::delete(&mut work, upload).await?;
                forget(&mut work, unused.media.as_slice()).await?;
                work.commit().await?;
            }
            Some(_) | None => work.rollback().await?,
        }
        Ok(Done::Finished)
    }
}
