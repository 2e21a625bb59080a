//! Sessions that another process ended, of which this one must refuse the access tokens that still live, and the personal
//! access tokens that it revoked.

use std::sync::Arc;

use async_trait::async_trait;
use diesel::QueryResult;

use super::error::UsersError;
use super::store;
use super::tokens::{ACCESS_TOKEN_LIFE, TokenService};
use crate::jobs::{self, Done, Handler, Job, JobError, NewJob};
use crate::work::{Core, Work};

const RECALL: &str = "users.recall_revocations";
/// Tries of the job: the tokens have expired long before they are over.
const MAX_ATTEMPTS: i32 = 10;

/// Has the running server learn, after `work`, of the sessions that `work` ends and of the tokens that it revokes.
pub(super) async fn request(work: &mut Work) -> QueryResult<()> {
    let job = NewJob {
        kind: RECALL,
        user: None,
        payload: serde_json::json!({}),
        unique_key: None,
        run_at: work.now,
        max_attempts: MAX_ATTEMPTS,
    };
    jobs::enqueue_for_server(work, &job).await
}

/// Reads which sessions ended while one of their access tokens may still live, and has these refused.
pub(super) async fn recall(core: &Core, tokens: &TokenService) -> Result<(), UsersError> {
    let since = core.clock.now() - ACCESS_TOKEN_LIFE;
    let mut tx = core.db.begin_without_user().await?;
    let ended = store::list_revoked_since(&mut tx, since).await?;
    tx.commit().await?;
    tokens.revoke(&ended);
    // Which ones were revoked is known by their absence.
    tokens.access_tokens.forget();
    Ok(())
}

/// Handler that refuses the tokens of sessions that another process ended.
#[derive(Debug)]
pub(super) struct Recall {
    pub(super) core: Core,
    pub(super) tokens: Arc<TokenService>,
}

#[async_trait]
impl Handler for Recall {
    fn kind(&self) -> &'static str {
        RECALL
    }

    async fn run(&self, _: &Job) -> Result<Done, JobError> {
        recall(&self.core, &self.tokens).await.map_err(JobError::failed)?;
        Ok(Done::Finished)
    }
}
