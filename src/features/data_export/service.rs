//! Operations of users on their exports, each in one unit of work.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::error::{DataExportError, EXPORT_HOURS, MOST_EXPORTS};
use super::ids::DataExportId;
use super::model::{DataExportRecord, DataExportState};
use super::{job, store};
use crate::crypto::DataKey;
use crate::features::Parts;
use crate::graphql::Page;
use crate::id::UserId;
use crate::media::{self, Archive};
use crate::work::{Core, Work};

/// An archive to download.
#[derive(Debug)]
pub struct Download {
    /// The archive.
    pub archive: Archive,
    /// The key that it is sealed with.
    pub key: Arc<DataKey>,
    /// Its name for saving.
    pub file_name: String,
}

/// Exports of users.
#[derive(Debug, Clone)]
pub struct DataExportsService {
    core: Core,
}

impl From<&Parts> for DataExportsService {
    fn from(parts: &Parts) -> Self {
        Self {
            core: parts.core.clone(),
        }
    }
}

impl DataExportsService {
    /// The present moment.
    pub fn now(&self) -> DateTime<Utc> {
        self.core.clock.now()
    }

    /// Requests an export for the user of `work`, who proved in it who they are, and commits.
    ///
    /// # Errors
    /// [`DataExportError::Unfinished`] or [`DataExportError::TooMany`].
    pub async fn request(&self, mut work: Work) -> Result<DataExportRecord, DataExportError> {
        let user = work.user;
        work.lock_user().await?;
        if store::has_unfinished(&mut work, user).await? {
            return Err(DataExportError::Unfinished);
        }
        let since = store::counted_since(work.now);
        let requests = store::requests_since(&mut work, user, since).await?;
        let last_counted = usize::try_from(MOST_EXPORTS - 1).unwrap_or(0);
        if let Some(oldest) = requests.get(last_counted) {
            return Err(DataExportError::TooMany {
                resets_at: *oldest + TimeDelta::hours(EXPORT_HOURS),
            });
        }
        let id: DataExportId = work.ids.next();
        store::insert(&mut work, id).await?;
        job::enqueue(&mut work, id).await?;
        let requested = store::load(&mut work, &[id]).await?.pop();
        work.commit().await?;
        tracing::info!(user.id = %user, export.id = %id, "user {user} requested an export of their data");
        requested.ok_or(DataExportError::Unknown)
    }

    /// Cancels an export of the user that is not finished. What was written of it goes.
    ///
    /// # Errors
    /// [`DataExportError::Unknown`] or [`DataExportError::Finished`].
    pub async fn cancel(&self, user: UserId, id: DataExportId) -> Result<DataExportRecord, DataExportError> {
        let mut work = self.core.begin(user).await?;
        let export = store::lock(&mut work, id)
            .await?
            .ok_or(DataExportError::Unknown)?;
        if !matches!(export.state, DataExportState::Queued | DataExportState::Running) {
            return Err(DataExportError::Finished);
        }
        store::mark_cancelled(&mut work, id).await?;
        job::withdraw(&mut work, id).await?;
        media::discard_archive(&mut work, id.as_uuid()).await?;
        let cancelled = store::load(&mut work, &[id]).await?.pop();
        work.commit().await?;
        cancelled.ok_or(DataExportError::Unknown)
    }

    /// The user's exports on a page, the newest first.
    ///
    /// # Errors
    /// [`DataExportError::Work`].
    pub async fn list(&self, user: UserId, page: Page) -> Result<Vec<DataExportRecord>, DataExportError> {
        self.core
            .read(user, async |work| Ok(store::list(work, user, page).await?))
            .await
    }

    /// Number of the user's exports.
    ///
    /// # Errors
    /// [`DataExportError::Work`].
    pub async fn count(&self, user: UserId) -> Result<i64, DataExportError> {
        self.core
            .read(user, async |work| Ok(store::count(work, user).await?))
            .await
    }

    /// The archive of an export that can be downloaded; none when it is gone, or its user.
    ///
    /// # Errors
    /// [`DataExportError::Work`].
    pub async fn find_download(
        &self,
        user: UserId,
        id: DataExportId,
    ) -> Result<Option<Download>, DataExportError> {
        let found = self
            .core
            .read(user, async |work| {
                let found = store::load(work, &[id]).await?.pop();
                Ok::<_, DataExportError>((found, Arc::clone(&work.key), work.now))
            })
            .await;
        let (export, key, now) = match found {
            Ok((Some(export), key, now)) => (export, key, now),
            Ok((None, ..)) => return Ok(None),
            Err(DataExportError::Work(error)) if error.is_of_nobody() => return Ok(None),
            Err(error) => return Err(error),
        };
        if export.state_at(now) != DataExportState::Ready {
            return Ok(None);
        }
        let file_name = export.file_name();
        let size_bytes = export.size_bytes.and_then(|size| u64::try_from(size).ok());
        let archive = export.object_key.zip(size_bytes);
        Ok(archive.map(|(object_key, size_bytes)| Download {
            archive: Archive {
                id: id.as_uuid(),
                object_key,
                size_bytes,
            },
            key,
            file_name,
        }))
    }
}
