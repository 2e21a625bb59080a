//! The run over all files of all users.

use futures::{StreamExt as _, TryStreamExt as _, stream};
use thiserror::Error;
use tokio_util::sync::CancellationToken;

use super::copy::Moved;
use super::store;
use crate::id::{MediaId, UserId};
use crate::media::{MediaRow, Objects, ObjectsError, Storage, load};
use crate::work::{Core, WorkError};

/// The number of files in one page.
const PAGE: i64 = 100;
/// The number of files that are moved at once.
const AT_ONCE: usize = 4;

/// Error that ends a migration. What was moved until then stays moved.
#[derive(Debug, Error)]
pub enum MigrationError {
    /// The database failed.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// The store failed.
    #[error(transparent)]
    Objects(#[from] ObjectsError),
    /// A copy reads otherwise than its original, which stays.
    #[error("the copy of the file {0} is not what was written; the original stays")]
    Differs(MediaId),
}

impl From<diesel::result::Error> for MigrationError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}

/// The move of all contents that do not lie as they should.
#[derive(Debug, Clone)]
pub struct Migration {
    /// The services.
    pub core: Core,
    /// The store of contents, with the folder and the bucket.
    pub objects: Objects,
    /// The place and form of all contents when it is done.
    pub to: Storage,
}

/// The files of a migration, by their number and size.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Migrated {
    /// The files that were moved, or deleted meanwhile.
    pub files: u64,
    /// The size of their plain contents.
    pub size_bytes: u64,
    /// The files whose content is lost or damaged where it lies; it stays there.
    pub unreadable: Vec<MediaId>,
}

impl Migration {
    /// Counts the files that are left to move.
    ///
    /// # Errors
    /// The database's.
    pub async fn left(&self) -> Result<Migrated, MigrationError> {
        let mut left = Migrated::default();
        let mut behind = None;
        loop {
            let users = self.core.users_after(behind).await?;
            let Some(last) = users.last() else {
                return Ok(left);
            };
            behind = Some(*last);
            for user in users {
                let mut tx = self.core.db.begin(user).await.map_err(WorkError::from)?;
                let (files, size_bytes) = store::total_elsewhere(&mut tx, user, self.to).await?;
                tx.commit().await.map_err(WorkError::from)?;
                left.files += u64::try_from(files).unwrap_or(0);
                left.size_bytes += u64::try_from(size_bytes).unwrap_or(0);
            }
        }
    }

    /// Moves every content, and tells `progress` after each; ends early, between files, when `stop` is cancelled.
    ///
    /// # Errors
    /// [`MigrationError`]; what is left is moved by another run.
    pub async fn run(
        &self,
        stop: &CancellationToken,
        mut progress: impl FnMut(&Migrated),
    ) -> Result<Migrated, MigrationError> {
        let mut done = Migrated::default();
        let mut behind = None;
        loop {
            let users = self.core.users_after(behind).await?;
            let Some(last) = users.last() else {
                return Ok(done);
            };
            behind = Some(*last);
            for user in users {
                self.move_of(user, stop, &mut done, &mut progress).await?;
            }
        }
    }

    async fn move_of(
        &self,
        user: UserId,
        stop: &CancellationToken,
        done: &mut Migrated,
        progress: &mut impl FnMut(&Migrated),
    ) -> Result<(), MigrationError> {
        let mut behind = None;
        while !stop.is_cancelled() {
            let page = self.page(user, behind).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            behind = Some(last.id);
            let mut moves = stream::iter(page)
                .take_while(|_| std::future::ready(!stop.is_cancelled()))
                .map(|row| async move { self.move_and_count(&row).await })
                .buffer_unordered(AT_ONCE);
            while let Some(moved) = moves.try_next().await? {
                done.files += moved.files;
                done.size_bytes += moved.size_bytes;
                done.unreadable.extend(moved.unreadable);
                progress(done);
            }
        }
        Ok(())
    }

    async fn page(&self, user: UserId, behind: Option<MediaId>) -> Result<Vec<MediaRow>, MigrationError> {
        let mut tx = self.core.db.begin(user).await.map_err(WorkError::from)?;
        let page = store::page_elsewhere(&mut tx, user, self.to, behind, PAGE).await?;
        tx.commit().await.map_err(WorkError::from)?;
        Ok(page)
    }

    /// True when the file still has the content that `row` names.
    async fn is_current(&self, row: &MediaRow) -> Result<bool, MigrationError> {
        let mut tx = self.core.db.begin(row.user_id).await.map_err(WorkError::from)?;
        let found = load(&mut tx, &[row.id]).await?.pop();
        tx.commit().await.map_err(WorkError::from)?;
        Ok(found.is_some_and(|found| found.object_key == row.object_key))
    }

    /// Moves one file. One that cannot be read where it lies is only counted, because the others can be moved all the same.
    async fn move_and_count(&self, row: &MediaRow) -> Result<Migrated, MigrationError> {
        let moved = Migrated {
            files: 1,
            size_bytes: u64::try_from(row.size_bytes).unwrap_or(0),
            unreadable: Vec::new(),
        };
        match self.move_one(row).await {
            Ok(Moved::Whole | Moved::Overtaken) => Ok(moved),
            Err(MigrationError::Objects(error)) if error.is_lasting() => {
                if !self.is_current(row).await? {
                    return Ok(moved);
                }
                tracing::error!(media.id = %row.id, "the file {} cannot be read where it lies: {error}", row.id);
                Ok(Migrated {
                    files: 0,
                    size_bytes: 0,
                    unreadable: vec![row.id],
                })
            }
            Err(error) => Err(error),
        }
    }
}
