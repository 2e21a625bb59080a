//! Once a day, user by user: files that nothing names go, objects that no row names go, and the count of what is stored
//! is mended. Each is a net under something that should not fail; what falls into it is logged.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use futures::TryStreamExt as _;

use super::discard::{folder_of_user, forget_unnamed};
use super::objects::Objects;
use super::{space, store};
use crate::id::{MediaId, UserId};
use crate::jobs::{Done, Handler, Job, JobError, Schedule};
use crate::work::Core;

const CHECK: &str = "media.check";
/// In the small hours of Europe and the Americas.
const AT_MINUTE: u16 = 3 * 60 + 30;
/// The number of rows or objects in one batch.
const BATCH: usize = 200;
/// Age from which a file that nothing names is removed: the work that stored a younger one may be about to name it.
const UNNAMED_FOR: TimeDelta = TimeDelta::days(2);
/// So is an object that no row names.
const UNKNOWN_FOR: TimeDelta = TimeDelta::days(1);

/// The job: looks after the media of all users.
#[derive(Debug, Clone)]
pub struct Check {
    /// The services.
    pub core: Core,
    /// The store of contents.
    pub objects: Objects,
}

/// The repairs of one check of a user.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    /// Files that nothing named.
    pub files: usize,
    /// Objects that no row named.
    pub objects: usize,
    /// The count of stored bytes was wrong.
    pub is_miscounted: bool,
}

impl Check {
    /// The schedule of the check.
    pub const SCHEDULE: Schedule = Schedule::daily_at(CHECK, AT_MINUTE);

    /// Looks after the media of `user`.
    ///
    /// # Errors
    /// The database's or the store's; what was mended until then stays so.
    pub async fn look_after(&self, user: UserId) -> Result<Found, JobError> {
        let now = self.core.clock.now();
        Ok(Found {
            files: self.forget_files(user, now - UNNAMED_FOR).await?,
            objects: self.remove_objects(user, now - UNKNOWN_FOR).await?,
            is_miscounted: self.recount(user).await?,
        })
    }

    async fn forget_files(&self, user: UserId, before: DateTime<Utc>) -> Result<usize, JobError> {
        let (mut forgotten, mut behind) = (0, None);
        loop {
            let mut work = self.core.begin(user).await?;
            let page: Vec<MediaId> = store::page_before(&mut work, user, before, behind, BATCH).await?;
            forgotten += forget_unnamed(&mut work, &page).await?;
            work.commit().await?;
            match page.last() {
                Some(last) if page.len() == BATCH => behind = Some(*last),
                Some(_) | None => return Ok(forgotten),
            }
        }
    }

    async fn remove_objects(&self, user: UserId, before: DateTime<Utc>) -> Result<usize, JobError> {
        let mut removed = 0;
        let mut pages = self.objects.list_before(&folder_of_user(user), before, BATCH);
        while let Some(page) = pages.try_next().await.map_err(JobError::failed)? {
            let mut tx = self.core.db.begin(user).await?;
            let named = store::list_named(&mut tx, &page).await?;
            tx.commit().await?;
            for name in page.iter().filter(|name| !named.contains(*name)) {
                self.objects.remove(name).await.map_err(JobError::failed)?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    async fn recount(&self, user: UserId) -> Result<bool, JobError> {
        let mut work = self.core.begin(user).await?;
        let mended = space::recount(&mut work).await?;
        work.commit().await?;
        if let Some((was, is)) = mended {
            tracing::warn!(user.id = %user, was, is, "the stored bytes of user {user} were miscounted");
        }
        Ok(mended.is_some())
    }

    async fn look_after_and_tell(&self, user: UserId) {
        match self.look_after(user).await {
            Ok(Found {
                files: 0, objects: 0, ..
            }) => {}
            Ok(Found { files, objects, .. }) => {
                tracing::info!(user.id = %user, files, objects, "removed media of user {user} that nothing names");
            }
            // The next round comes by again, and other users are not concerned.
            Err(error) => {
                tracing::warn!(user.id = %user, "the media of user {user} cannot be checked now: {}", error.chain());
            }
        }
    }
}

#[async_trait]
impl Handler for Check {
    fn kind(&self) -> &'static str {
        CHECK
    }

    async fn run(&self, _: &Job) -> Result<Done, JobError> {
        let mut behind = None;
        loop {
            let users = self.core.users_after(behind).await?;
            let Some(last) = users.last() else {
                return Ok(Done::Finished);
            };
            behind = Some(*last);
            for user in users {
                self.look_after_and_tell(user).await;
            }
        }
    }
}
