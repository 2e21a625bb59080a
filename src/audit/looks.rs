use std::collections::BTreeSet;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::QueryResult;
use serde::{Deserialize, Serialize};

use super::store::{self, Details, EntryRow};
use super::write::add;
use super::{ActorKind, AuditAction};
use crate::id::UserId;
use crate::jobs::{self, Done, Handler, Job, JobError, NewJob};
use crate::work::{Core, Work, WorkError};

/// Time for which further looks of one admin and kind at one user are the same look.
pub const LOOK_INTERVAL: TimeDelta = TimeDelta::minutes(15);

/// The kind of the job that writes looks.
const JOB: &str = "audit.record_looks";

#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    admin: UserId,
    /// The text of the action.
    action: String,
    at: DateTime<Utc>,
    users: BTreeSet<UserId>,
}

/// Notes that the admin whose transaction `work` is sees something of each of `users`. Call it in the transaction that reads,
/// and commit that before anything is shown.
///
/// # Errors
/// The database's.
pub async fn note_looks(
    work: &mut Work,
    action: AuditAction,
    users: impl IntoIterator<Item = UserId>,
) -> QueryResult<()> {
    let admin = work.user;
    let users: BTreeSet<UserId> = users.into_iter().filter(|user| *user != admin).collect();
    if users.is_empty() {
        return Ok(());
    }
    let payload = serde_json::to_value(Payload {
        admin,
        action: action.as_str().to_owned(),
        at: work.now,
        users,
    });
    let job = NewJob {
        kind: JOB,
        // Of nobody: a look outlives the admin.
        user: None,
        payload: payload.map_err(|error| diesel::result::Error::SerializationError(error.into()))?,
        unique_key: None,
        run_at: work.now,
        // Only the database can fail, and a look is recorded however long that takes.
        max_attempts: i32::MAX,
    };
    jobs::enqueue(work, &job).await
}

/// Handler that writes looks into the logs of those who were seen.
#[derive(Debug)]
pub struct RecordLooks(pub Core);

#[async_trait]
impl Handler for RecordLooks {
    fn kind(&self) -> &'static str {
        JOB
    }

    async fn run(&self, job: &Job) -> Result<Done, JobError> {
        let payload: Payload = job.read()?;
        let action = AuditAction::parse(&payload.action)
            .ok_or_else(|| JobError::Permanent("the look is of no known kind".into()))?;
        for user in &payload.users {
            match self.record(*user, &payload, action).await {
                // Deleted meanwhile, with their log.
                Err(error) if error.is_of_nobody() => {}
                done => done?,
            }
        }
        Ok(Done::Finished)
    }
}

impl RecordLooks {
    async fn record(&self, user: UserId, look: &Payload, action: AuditAction) -> Result<(), WorkError> {
        let mut work = self.0.begin(user).await?;
        // Two jobs would otherwise both find no look before theirs.
        work.lock_user().await?;
        let after = look.at - LOOK_INTERVAL;
        if store::has_look(&mut work, look.admin, action, after, look.at).await? {
            return work.rollback().await;
        }
        let entry = EntryRow {
            id: work.ids.next(),
            user_id: user,
            actor: ActorKind::Admin,
            admin_id: Some(look.admin),
            action,
            details: Details::default(),
            reason: None,
            at: look.at,
        };
        add(&mut work, &entry).await?;
        work.commit().await
    }
}
