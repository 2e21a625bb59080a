//! The deletion of a user with everything of theirs: planned by the user for [`CHANGE_OF_MIND`] later, or at once by the
//! operator. A job does it, in the process that runs the user's sessions with WhatsApp.
//!
//! ```text
//! accounts logged out of WhatsApp -> other systems left -> COMMIT: data key destroyed, tombstones, sessions ended -> media, rows
//! ```
//!
//! - The key goes before anything else that is kept: whatever a crash leaves behind, nobody can read it.
//! - A backup from before the deletion still holds the user and their key. The tombstone is the hash of their id; the server
//!   deletes at its start whoever has one, so a restored user goes again once the tombstones of the deleted are restored too
//!   (`amda users deleted`, `amda restore --deleted-users`).

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::{OptionalExtension as _, QueryResult};
use serde::{Deserialize, Serialize};

use super::error::UsersError;
use super::external;
use super::passwords;
use super::store;
use super::tokens::TokenService;
use crate::account::AccountRef;
use crate::audit::{self, Act, Actor, AuditAction};
use crate::db::tombstones::{self, Tombstone};
use crate::features::Departure;
use crate::id::UserId;
use crate::jobs::{self, Done, Handler, Job, JobError, NewJob};
use crate::media;
use crate::whatsapp::Supervisor;
use crate::work::{Core, Work};

const DELETE: &str = "users.delete";
const DELETE_PLANNED: &str = "users.delete_planned";
/// Whatever it waits for is back within this many tries, which are two days.
const MAX_ATTEMPTS: i32 = 60;

/// Time in which a user can take their deletion back.
pub(super) const CHANGE_OF_MIND: TimeDelta = TimeDelta::days(7);

#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    user: UserId,
}

/// Has `user` deleted, as the operator asks: within seconds by the server that runs, else by the next one.
///
/// # Errors
/// [`UsersError::Work`].
pub async fn request_deletion(core: &Core, user: UserId) -> Result<(), UsersError> {
    let mut work = core.begin(user).await?;
    let job = job(DELETE, user, work.now)?;
    jobs::enqueue_for_server(&mut work, &job).await?;
    let act = Act::new(Actor::Operator, AuditAction::DeletionRequested);
    audit::record(&mut work, act).await?;
    work.commit().await?;
    Ok(())
}

/// Has the users deleted who were deleted before, and came back with the restoration of an older backup.
///
/// # Errors
/// [`UsersError::Db`].
pub async fn delete_again(core: &Core) -> Result<usize, UsersError> {
    let now = core.clock.now();
    let mut tx = core.db.begin_without_user().await?;
    let users = tombstones::find_returned(&mut tx).await?;
    for user in &users {
        jobs::enqueue_on(&mut tx, &core.ids, now, &job(DELETE, *user, now)?).await?;
    }
    tx.wake_on_commit();
    tx.commit().await?;
    Ok(users.len())
}

/// The tombstones of the deleted users, the oldest first.
///
/// # Errors
/// [`UsersError::Db`].
pub async fn list_deleted(core: &Core) -> Result<Vec<Tombstone>, UsersError> {
    let mut tx = core.db.begin_without_user().await?;
    let tombstones = tombstones::list(&mut tx).await?;
    tx.commit().await?;
    Ok(tombstones)
}

/// Has the user of `work` deleted at `at`, unless they take it back.
pub(super) async fn plan(work: &mut Work, at: DateTime<Utc>) -> QueryResult<()> {
    let job = job(DELETE_PLANNED, work.user, at)?;
    jobs::enqueue(work, &job).await
}

fn job(kind: &'static str, user: UserId, run_at: DateTime<Utc>) -> QueryResult<NewJob> {
    let payload = serde_json::to_value(Payload { user });
    Ok(NewJob {
        kind,
        // Of nobody: it must outlive the user.
        user: None,
        payload: payload.map_err(|error| diesel::result::Error::SerializationError(error.into()))?,
        unique_key: Some(user.to_string()),
        run_at,
        max_attempts: MAX_ATTEMPTS,
    })
}

/// Handler that deletes a user.
#[derive(Debug)]
pub(super) struct Delete(pub(super) Deleter);

#[async_trait]
impl Handler for Delete {
    fn kind(&self) -> &'static str {
        DELETE
    }

    async fn run(&self, job: &Job) -> Result<Done, JobError> {
        let Payload { user } = job.read()?;
        self.0.delete(user).await?;
        Ok(Done::Finished)
    }
}

/// Handler that deletes a user who planned it and did not take it back.
#[derive(Debug)]
pub(super) struct DeletePlanned(pub(super) Deleter);

#[async_trait]
impl Handler for DeletePlanned {
    fn kind(&self) -> &'static str {
        DELETE_PLANNED
    }

    async fn run(&self, job: &Job) -> Result<Done, JobError> {
        let Payload { user } = job.read()?;
        let core = &self.0.core;
        let now = core.clock.now();
        match self.planned(user).await? {
            Some(at) if at > now => Ok(Done::Again(at)),
            Some(_) => {
                self.0.delete(user).await?;
                Ok(Done::Finished)
            }
            None => Ok(Done::Finished),
        }
    }
}

impl DeletePlanned {
    /// The time at which `user` is to be deleted, if they still are: read under the lock of whoever takes a deletion back.
    async fn planned(&self, user: UserId) -> Result<Option<DateTime<Utc>>, JobError> {
        let mut tx = self.0.core.db.begin(user).await?;
        store::lock_for_deletion(&mut tx, user).await.optional()?;
        let row = store::find(&mut tx, user).await?;
        tx.rollback().await?;
        Ok(row.and_then(|row| row.deletion_at))
    }
}

/// Deletes users.
#[derive(Debug, Clone)]
pub(super) struct Deleter {
    pub(super) core: Core,
    pub(super) supervisor: Arc<Supervisor>,
    pub(super) tokens: Arc<TokenService>,
    /// The cost of bcrypt.
    pub(super) password_cost: u32,
    /// What users have at other systems.
    pub(super) departures: Vec<Arc<dyn Departure>>,
}

impl Deleter {
    /// Deletes `user`, from the step on that a try before this one came to.
    async fn delete(&self, user: UserId) -> Result<(), JobError> {
        let mut tx = self.core.db.begin(user).await?;
        let is_there = store::find(&mut tx, user).await?.is_some();
        let has_key = self.core.vault.has_key(&mut tx, user).await?;
        let accounts = store::list_accounts(&mut tx, user).await?;
        tx.rollback().await?;
        if !is_there {
            return Ok(());
        }
        // Logging out needs the key.
        if has_key {
            for id in accounts {
                let unlinked = self.supervisor.unlink(AccountRef { id, user }).await;
                unlinked.map_err(JobError::failed)?;
            }
        }
        // What a user pays for must end, and is found by their rows alone.
        for departure in &self.departures {
            departure.settle(user).await?;
        }
        self.destroy_key(user).await?;
        self.remove_rows(user).await?;
        tracing::info!(user.id = %user, "deleted user {user}");
        Ok(())
    }

    /// Makes everything that is kept of `user` unreadable, and nobody able to log in as them.
    async fn destroy_key(&self, user: UserId) -> Result<(), JobError> {
        let now = self.core.clock.now();
        let mut tx = self.core.db.begin(user).await?;
        // Nobody logs in or links from now on, so every session and account is among those that end.
        store::lock_for_deletion(&mut tx, user).await?;
        store::void_password(&mut tx, user, &passwords::nobodys_hash(self.password_cost)).await?;
        let ended = store::revoke_sessions(&mut tx, user, None, now).await?;
        let revoked = store::delete_access_tokens(&mut tx, user).await?;
        external::bury_identities(&self.core, &mut tx, user, now).await?;
        let accounts = store::list_accounts(&mut tx, user).await?;
        self.core.vault.destroy(&mut tx, user).await?;
        tombstones::insert(&mut tx, user, now).await?;
        tx.commit().await?;
        self.core.vault.forget(user);
        self.tokens.revoke(&ended);
        self.tokens.access_tokens.revoke(&revoked);
        // One may have begun while the others were unlinked.
        for id in accounts {
            let stopped = self.supervisor.stop(AccountRef { id, user }).await;
            stopped.map_err(JobError::failed)?;
        }
        Ok(())
    }

    /// Removes the files and rows of `user`.
    async fn remove_rows(&self, user: UserId) -> Result<(), JobError> {
        let mut tx = self.core.db.begin(user).await?;
        media::discard_of_user(&mut tx, &self.core.ids, user, self.core.clock.now()).await?;
        store::delete(&mut tx, user).await?;
        tx.wake_on_commit();
        tx.commit().await?;
        Ok(())
    }
}
