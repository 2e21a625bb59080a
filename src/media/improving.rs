//! Fetching of a better copy of a stored file: the content that is stored stays until the copy is stored too.

use bytes::Bytes;

use super::better_store;
use super::discard;
use super::handler::{Fetch, Wanted};
use super::listen::Outcome;
use super::space::{self, SpaceError};
use super::store::{self, MediaState, Stored};
use crate::account::AccountRef;
use crate::id::MediaId;
use crate::jobs::{Done, Job, JobError};
use crate::whatsapp::media::DownloadError;
use crate::work::Work;

impl Fetch {
    /// Fetches the better copy. When that cannot be had, the file stays as it is.
    pub(super) async fn improve(&self, job: &Job, wanted: &Wanted) -> Result<Done, JobError> {
        self.objects
            .require_room(self.objects.storage(), wanted.reference.size_bytes)
            .map_err(JobError::failed)?;
        let content = match self.download(wanted).await {
            Ok(content) => Some(content),
            Err(error @ DownloadError::Unreachable(_)) if job.attempt < job.max_attempts => {
                return Err(JobError::failed(error));
            }
            Err(
                DownloadError::Expired
                | DownloadError::TooLarge { .. }
                | DownloadError::Tampered
                | DownloadError::Unreachable(_),
            ) => None,
        };
        self.take(wanted, content).await?;
        Ok(Done::Finished)
    }

    /// Gives the better copy of a stored file up, if one was wanted.
    pub(super) async fn keep_former(&self, account: AccountRef, media: MediaId) -> Result<(), JobError> {
        let mut work = self.core.begin(account.user).await?;
        if store::lock(&mut work, media).await? == Some(MediaState::Stored) {
            better_store::set_better(&mut work, media, None).await?;
        }
        Ok(work.commit().await?)
    }

    async fn take(&self, wanted: &Wanted, content: Option<Bytes>) -> Result<(), JobError> {
        let stored = match content {
            Some(content) => Some(self.write(wanted, content).await?),
            None => None,
        };
        let mut work = self.core.begin(wanted.account.user).await?;
        let is_stored = store::lock(&mut work, wanted.media).await? == Some(MediaState::Stored);
        let better = if is_stored {
            better_store::load_better(&mut work, wanted.media).await?
        } else {
            None
        };
        // Forgotten meanwhile, or another copy came.
        if better.is_none_or(|better| better.sha256 != wanted.reference.sha256) {
            return Ok(work.rollback().await?);
        }
        match stored {
            Some(stored) if is_better(&mut work, wanted.media, &stored).await? => {
                self.replace(&mut work, wanted, &stored).await?;
            }
            Some(stored) => {
                let now = work.now;
                better_store::set_better(&mut work, wanted.media, None).await?;
                discard::discard_unless_live(&mut work, wanted.media, &stored.object.object_key, now).await?;
            }
            None => better_store::set_better(&mut work, wanted.media, None).await?,
        }
        Ok(work.commit().await?)
    }

    async fn replace(&self, work: &mut Work, wanted: &Wanted, stored: &Stored) -> Result<(), JobError> {
        if stored.object.is_late(work.now) {
            return Err(JobError::failed(
                "the content came too late to be kept under its name",
            ));
        }
        let former = better_store::take_better(work, wanted.media, &wanted.reference, stored).await?;
        if let Some(former) = former {
            let now = work.now;
            discard::discard_unless_live(work, wanted.media, &former, now).await?;
        }
        for listener in &self.listeners {
            listener
                .on_media(work, wanted.media, &Outcome::Stored)
                .await
                .map_err(JobError::Failed)?;
        }
        Ok(())
    }
}

/// True when the copy may take the place of the file, whose row is locked: its content has more pixels than the file, the
/// message was not deleted meanwhile, and there is room for it.
async fn is_better(work: &mut Work, media: MediaId, copy: &Stored) -> Result<bool, JobError> {
    let known = store::load(work, &[media]).await?.pop();
    let known = known.and_then(|row| store::pixels(row.width, row.height));
    let found = copy
        .dimensions
        .and_then(|(width, height)| store::pixels(Some(width), Some(height)));
    let is_larger = known.zip(found).is_some_and(|(known, found)| found > known);
    Ok(is_larger && !store::is_final(work, media).await? && has_room(work, copy).await?)
}

/// True when the plan's storage has room for the copy beside what is stored. Without room the user keeps what they have,
/// and is not told.
async fn has_room(work: &mut Work, stored: &Stored) -> Result<bool, JobError> {
    match space::require_space(work, stored.written.stored_bytes).await {
        Ok(()) => Ok(true),
        Err(SpaceError::Full(_)) => Ok(false),
        Err(SpaceError::Query(error)) => Err(error.into()),
    }
}
