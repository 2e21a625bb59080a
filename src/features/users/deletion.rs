//! The deletion of a user with everything of theirs. A job does it, in the process that runs the user's sessions with
//! WhatsApp, so that each can be unlinked there and ends before its rows go.

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::error::UsersError;
use super::store;
use super::tokens::TokenService;
use crate::account::AccountRef;
use crate::id::UserId;
use crate::jobs::{self, Done, Handler, Job, JobError, NewJob};
use crate::media;
use crate::whatsapp::Supervisor;
use crate::work::Core;

const DELETE: &str = "users.delete";
/// Whatever it waits for is back within this many tries, which are two days.
const MAX_ATTEMPTS: i32 = 60;

#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    user: UserId,
}

/// Has `user` deleted: within seconds by the server that runs, else by the next one.
///
/// # Errors
/// [`UsersError::Work`].
pub async fn request_deletion(core: &Core, user: UserId) -> Result<(), UsersError> {
    let mut work = core.begin(user).await?;
    let payload = serde_json::to_value(Payload { user });
    let job = NewJob {
        kind: DELETE,
        // Of nobody: it must outlive the user.
        user: None,
        payload: payload.map_err(|error| diesel::result::Error::SerializationError(error.into()))?,
        unique_key: Some(user.to_string()),
        run_at: work.now,
        max_attempts: MAX_ATTEMPTS,
    };
    jobs::enqueue_for_server(&mut work, &job).await?;
    work.commit().await?;
    Ok(())
}

/// Handler that deletes a user.
#[derive(Debug)]
pub(super) struct Delete {
    pub(super) core: Core,
    pub(super) supervisor: Arc<Supervisor>,
    pub(super) tokens: Arc<TokenService>,
}

#[async_trait]
impl Handler for Delete {
    fn kind(&self) -> &'static str {
        DELETE
    }

    async fn run(&self, job: &Job) -> Result<Done, JobError> {
        let Payload { user } = job.read()?;
        let mut tx = self.core.db.begin(user).await?;
        let is_there = store::find(&mut tx, user).await?.is_some();
        let accounts = store::list_accounts(&mut tx, user).await?;
        tx.commit().await?;
        if !is_there {
            return Ok(Done::Finished);
        }
        for id in accounts {
            let unlinked = self.supervisor.unlink(AccountRef { id, user }).await;
            unlinked.map_err(JobError::failed)?;
        }
        self.delete(user).await?;
        tracing::info!(user.id = %user, "deleted user {user}");
        Ok(Done::Finished)
    }
}

impl Delete {
    async fn delete(&self, user: UserId) -> Result<(), JobError> {
        let mut work = self.core.begin(user).await?;
        // Nobody logs in or links from now on, so every session and account is among those that end.
        work.lock_user().await?;
        let now = work.now;
        let ended = store::revoke_sessions(&mut work, user, None, now).await?;
        let accounts = store::list_accounts(&mut work, user).await?;
        media::discard_of_user(&mut work).await?;
        store::delete(&mut work).await?;
        work.commit().await?;
        self.tokens.revoke(&ended);
        // One may have begun while the others were unlinked.
        for id in accounts {
            self.supervisor.stop(AccountRef { id, user }).await;
        }
        Ok(())
    }
}
