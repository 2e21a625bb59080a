//! Sessions that another process ended, of which this one must refuse the access tokens that still live, and the personal
//! access tokens that it revoked.
//!
//! A single server is told by a job of an operator's command. One of several nodes looks into the table twice a second:
//! whoever is locked out is so on every node within a second, whether Redis answers or not.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use diesel::QueryResult;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::error::UsersError;
use super::service::UsersService;
use super::store;
use super::tokens::{ACCESS_TOKEN_LIFE, TokenService};
use crate::db::tombstones;
use crate::id::AccessTokenId;
use crate::jobs::{self, Done, Handler, Job, JobError, NewJob};
use crate::work::{Core, Work};

const RECALL: &str = "users.recall_revocations";
/// Tries of the job: the tokens have expired long before they are over.
const MAX_ATTEMPTS: i32 = 10;
/// Interval at which a node looks for what others revoked.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);
/// Time that a transaction may take, so that a revocation is seen for as long as one of its access tokens lives.
const OVERLAP: TimeDelta = TimeDelta::minutes(1);

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

/// Refuses the tokens of the sessions and users that other nodes ended and deleted while one of their tokens may still
/// live, the personal access tokens that are used here and whose rows are gone, and forgets the keys of those users.
///
/// Each look reads all of that time, not only the time since the last look: the node that revoked wrote its own time, which
/// may lie before a look that did not see it.
async fn refuse_what_others_revoked(core: &Core, tokens: &TokenService) -> Result<(), UsersError> {
    let used = tokens.access_tokens.in_use();
    let mut tx = core.db.begin_without_user().await?;
    // A node whose clock is behind accepts tokens for longer.
    let now = store::now(&mut tx).await?.min(core.clock.now());
    let since = now - ACCESS_TOKEN_LIFE - OVERLAP;
    let ended = store::list_revoked_since(&mut tx, since).await?;
    let deleted = tombstones::list_since(&mut tx, since).await?;
    let there = store::list_access_tokens_there(&mut tx, &used).await?;
    tx.commit().await?;
    tokens.revoke(&ended);
    if !deleted.is_empty() {
        tokens.refuse_deleted(&deleted);
        core.vault
            .forget_all(|user| deleted.contains(&tombstones::hash(user)));
    }
    let there: HashSet<AccessTokenId> = there.into_iter().collect();
    let absent: Vec<_> = used.into_iter().filter(|token| !there.contains(token)).collect();
    tokens.access_tokens.revoke(&absent);
    Ok(())
}

impl UsersService {
    /// Refuses what other nodes revoke, and ends its sockets, within a second while `has_others`, until `stop`.
    pub async fn follow_revocations(self, has_others: watch::Receiver<bool>, stop: CancellationToken) {
        let mut look = interval(LOOK_INTERVAL);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = look.tick() => {}
            }
            if !*has_others.borrow() {
                continue;
            }
            if let Err(error) = refuse_what_others_revoked(&self.core, &self.tokens).await {
                // The database logs its absence itself.
                tracing::debug!("revocations cannot be looked up now: {error}");
            }
        }
    }
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
