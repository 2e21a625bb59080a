//! Removal of objects that no row names: a job removes each, so none is left behind by a crash or a rollback.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::HEXLOWER;
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use serde::{Deserialize, Serialize};

use super::archives::folder_of_archives;
use super::in_bucket::is_any_in_bucket;
use super::objects::Objects;
use super::objects_error::ObjectsError;
use super::store;
use crate::account::AccountRef;
use crate::db::Db;
use crate::id::{Ids, MediaId, UserId};
use crate::jobs::{self, Done, Handler, Job, JobError, NewJob};
use crate::work::Work;

const DISCARD: &str = "media.discard";
const DISCARD_ALL: &str = "media.discard_all";
/// A store that is away comes back; this many tries are two days.
const MAX_ATTEMPTS: i32 = 60;
/// An object that is written and not yet named by its row is looked at again after this.
const WRITE_WITHIN: TimeDelta = TimeDelta::hours(1);
/// The time before the removal by which its row must name it, so that the naming transaction can still commit.
const NAME_AHEAD: TimeDelta = TimeDelta::minutes(30);

#[derive(Debug, Serialize, Deserialize)]
struct One {
    media: MediaId,
    object_key: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct All {
    folder: String,
    /// Some of them may lie in a bucket: files did, when this was written.
    #[serde(default)]
    needs_bucket: bool,
}

/// The folder of a user's objects.
pub(super) fn folder_of_user(user: UserId) -> String {
    user.to_string()
}

/// The folder of an account's objects.
pub(super) fn folder_of_account(account: AccountRef) -> String {
    format!("{}/{}", account.user, account.id)
}

/// The name of an object that is about to be written. It is removed in time unless its file's row names it.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    /// Unique to this try, in the folder of its account.
    pub(super) object_key: String,
    removed_at: DateTime<Utc>,
}

impl Draft {
    /// True when at `now` it is too late for its row to name it: the object may be removed first.
    pub(super) fn is_late(&self, now: DateTime<Utc>) -> bool {
        now > self.removed_at - NAME_AHEAD
    }
}

/// Names an object that is about to be written for `media`, after the commit.
pub(super) async fn draft(work: &mut Work, account: AccountRef, media: MediaId) -> QueryResult<Draft> {
    let mut chance = [0; 8];
    work.ids.fill(&mut chance);
    let draft = Draft {
        object_key: format!(
            "{}/{media}-{}",
            folder_of_account(account),
            HEXLOWER.encode(&chance)
        ),
        removed_at: work.now + WRITE_WITHIN,
    };
    discard_unless_live(work, media, &draft.object_key, draft.removed_at).await?;
    Ok(draft)
}

/// Schedules the removal of an object at `at`, unless it is the content of `media` by then. A second call can only
/// bring it forward.
pub(super) async fn discard_unless_live(
    work: &mut Work,
    media: MediaId,
    object_key: &str,
    at: DateTime<Utc>,
) -> QueryResult<()> {
    let one = One {
        media,
        object_key: object_key.to_owned(),
    };
    let job = NewJob {
        kind: DISCARD,
        user: Some(work.user),
        payload: json(&one)?,
        unique_key: Some(object_key.to_owned()),
        run_at: at,
        max_attempts: MAX_ATTEMPTS,
    };
    jobs::enqueue(work, &job).await
}

/// Deletes media rows, and their content after the commit. Rows that name them lose the reference.
///
/// # Errors
/// The database's.
pub async fn forget(work: &mut Work, media: &[MediaId]) -> QueryResult<()> {
    let now = work.now;
    for (id, object_key) in store::delete(work, media).await? {
        discard_unless_live(work, id, &object_key, now).await?;
    }
    Ok(())
}

/// Deletes those of these media that nothing names any more, and their content after the commit. What another item
/// names stays; the mention in a message that is no longer held is none.
///
/// # Errors
/// The database's.
pub async fn forget_unnamed(work: &mut Work, media: &[MediaId]) -> QueryResult<usize> {
    if media.is_empty() {
        return Ok(0);
    }
    let unnamed = store::list_unnamed(work, media).await?;
    forget(work, &unnamed).await?;
    Ok(unnamed.len())
}

/// Removes all content of `user`, their archives among it, after the commit of the transaction that deletes them, which
/// wakes the workers. For before their rows are deleted.
///
/// # Errors
/// The database's.
pub async fn discard_of_user(
    conn: &mut AsyncPgConnection,
    ids: &Ids,
    user: UserId,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let needs_bucket = is_any_in_bucket(conn).await?;
    for folder in [folder_of_user(user), folder_of_archives(user)] {
        let all = All { folder, needs_bucket };
        jobs::enqueue_on(conn, ids, now, &all.job(now)?).await?;
    }
    Ok(())
}

/// Removes the objects under `folder`, after the commit. For before their rows are deleted.
pub(super) async fn discard_folder(work: &mut Work, folder: String) -> QueryResult<()> {
    let needs_bucket = is_any_in_bucket(work).await?;
    let job = All { folder, needs_bucket }.job(work.now)?;
    jobs::enqueue(work, &job).await
}

/// Deletes all media rows of `account`, and their content after the commit. For the unit of work that deletes the account.
///
/// # Errors
/// The database's.
pub async fn delete_of_account(work: &mut Work, account: AccountRef) -> QueryResult<()> {
    discard_folder(work, folder_of_account(account)).await?;
    store::delete_of_account(work, account.id).await
}

impl All {
    fn job(&self, now: DateTime<Utc>) -> QueryResult<NewJob> {
        Ok(NewJob {
            kind: DISCARD_ALL,
            // Without a user: the job must outlive the user.
            user: None,
            payload: json(self)?,
            unique_key: Some(self.folder.clone()),
            run_at: now,
            max_attempts: MAX_ATTEMPTS,
        })
    }
}

fn json(payload: &impl Serialize) -> QueryResult<serde_json::Value> {
    serde_json::to_value(payload).map_err(|e| diesel::result::Error::SerializationError(e.into()))
}

/// Handler that removes an object that no row names.
#[derive(Debug)]
pub struct Discard {
    /// The database.
    pub db: Db,
    /// The store.
    pub objects: Objects,
}

#[async_trait]
impl Handler for Discard {
    fn kind(&self) -> &'static str {
        DISCARD
    }

    async fn run(&self, job: &Job) -> Result<Done, JobError> {
        let One { media, object_key } = job.read()?;
        let user = job.owner()?;
        let mut tx = self.db.begin(user).await?;
        let is_live = store::is_live(&mut tx, media, &object_key).await?;
        let needs_bucket = is_any_in_bucket(&mut tx).await?;
        tx.commit().await?;
        if !is_live {
            require_bucket(&self.objects, needs_bucket)?;
            self.objects.remove(&object_key).await.map_err(JobError::failed)?;
        }
        Ok(Done::Finished)
    }
}

/// Handler that removes all objects of a deleted user or account.
#[derive(Debug)]
pub struct DiscardAll {
    /// The store.
    pub objects: Objects,
}

#[async_trait]
impl Handler for DiscardAll {
    fn kind(&self) -> &'static str {
        DISCARD_ALL
    }

    async fn run(&self, job: &Job) -> Result<Done, JobError> {
        let All { folder, needs_bucket } = job.read()?;
        require_bucket(&self.objects, needs_bucket)?;
        self.objects.remove_all(&folder).await.map_err(JobError::failed)?;
        Ok(Done::Finished)
    }
}

/// Fails a job on a server without a bucket where one may hold what is to be removed: the next try may be that of another
/// server, or of this one with its settings.
fn require_bucket(objects: &Objects, needs_bucket: bool) -> Result<(), JobError> {
    if needs_bucket && !objects.has_bucket() {
        return Err(JobError::failed(ObjectsError::NoBucket));
    }
    Ok(())
}
