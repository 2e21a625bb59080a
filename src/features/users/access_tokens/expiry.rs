//! The end of a token: its owner is told a week before, and at the end its row goes.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::QueryResult;
use serde::{Deserialize, Serialize};

use super::notices;
use crate::features::users::store::{self, AccessTokenRow};
use crate::features::users::tokens::TokenService;
use crate::hub::EventKind;
use crate::id::AccessTokenId;
use crate::jobs::{self, Done, Handler, Job, JobError, NewJob};
use crate::work::{Core, Work};

const EXPIRE: &str = "users.expire_access_token";
/// Time before the end at which the owner is told.
const TOLD_BEFORE: TimeDelta = TimeDelta::days(7);
/// Tries over days: only the database can fail.
const MAX_ATTEMPTS: i32 = 40;

#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    token: AccessTokenId,
}

/// Has the owner of a new token told of its end in time, and the token deleted then.
pub(super) async fn plan(work: &mut Work, row: &AccessTokenRow) -> QueryResult<()> {
    let payload = serde_json::to_value(Payload { token: row.id });
    let job = NewJob {
        kind: EXPIRE,
        user: Some(row.user_id),
        payload: payload.map_err(|error| diesel::result::Error::SerializationError(error.into()))?,
        unique_key: Some(row.id.to_string()),
        run_at: next_step(row, work.now),
        max_attempts: MAX_ATTEMPTS,
    };
    jobs::enqueue(work, &job).await
}

/// The time of what is to be done next. Who makes a token for less than a week knows of its end.
fn next_step(row: &AccessTokenRow, now: DateTime<Utc>) -> DateTime<Utc> {
    let told_at = row.expires_at - TOLD_BEFORE;
    if told_at > now { told_at } else { row.expires_at }
}

/// Handler that tells of the end of a token, and deletes the token then.
#[derive(Debug)]
pub(in crate::features::users) struct Expire {
    pub(in crate::features::users) core: Core,
    pub(in crate::features::users) tokens: Arc<TokenService>,
}

#[async_trait]
impl Handler for Expire {
    fn kind(&self) -> &'static str {
        EXPIRE
    }

    async fn run(&self, job: &Job) -> Result<Done, JobError> {
        let Payload { token } = job.read()?;
        let mut work = self.core.begin(job.owner()?).await?;
        let now = work.now;
        let found = store::load_access_tokens(&mut work, &[token]).await?;
        let Some(row) = found.into_iter().next() else {
            work.rollback().await?;
            return Ok(Done::Finished);
        };
        if row.expires_at <= now {
            store::delete_access_token(&mut work, token).await?;
            work.emit(EventKind::AccessTokenChanged, None, token);
            work.commit().await?;
            self.tokens.access_tokens.revoke(&[token]);
            return Ok(Done::Finished);
        }
        if row.expires_at - TOLD_BEFORE <= now {
            notices::post_expiring(&mut work, &row).await?;
        }
        work.commit().await?;
        Ok(Done::Again(next_step(&row, now)))
    }
}
