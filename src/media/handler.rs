use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::Semaphore;

use super::better_store;
use super::discard::{self, Draft};
use super::fetch::{FETCH, Payload};
use super::listen::{OnMedia, Outcome};
use super::objects::Objects;
use super::space::{self, SpaceError};
use super::store::{self, MediaState, StateReason, Stored};
use super::thumbnail;
use crate::account::AccountRef;
use crate::crypto::DataKey;
use crate::event::{MediaKind, MediaReference};
use crate::id::MediaId;
use crate::jobs::{Done, Handler, Job, JobError};
use crate::whatsapp::media::{DownloadError, LARGEST_FILE_BYTES, MediaFetcher};
use crate::work::{Core, Work};

/// A file that comes damaged this often is damaged where it comes from.
const DAMAGED_TRIES: i32 = 3;

/// Fetches files: the handler of what [`fetch_later`](super::fetch_later) enqueues.
#[derive(Debug)]
pub struct Fetch {
    /// The services.
    pub core: Core,
    /// The store of contents.
    pub objects: Objects,
    /// The source of the files.
    pub fetcher: Arc<dyn MediaFetcher>,
    /// Listeners, called in order.
    pub listeners: Vec<Arc<dyn OnMedia>>,
    /// As many permits as pictures may be decoded at once for their thumbnails: each takes up to 192 MiB meanwhile.
    pub decodings: Semaphore,
}

/// A file that is wanted, before anything was downloaded.
pub(super) struct Wanted {
    pub(super) media: MediaId,
    pub(super) account: AccountRef,
    pub(super) key: Arc<DataKey>,
    pub(super) reference: MediaReference,
    has_thumbnail: bool,
    /// The object to be written.
    object: Draft,
    /// True for a better copy of a file that is stored.
    is_better: bool,
}

#[async_trait]
impl Handler for Fetch {
    fn kind(&self) -> &'static str {
        FETCH
    }

    async fn run(&self, job: &Job) -> Result<Done, JobError> {
        let (account, media) = subject(job)?;
        let Some(mut wanted) = self.begin(account, media).await? else {
            return Ok(Done::Finished);
        };
        if wanted.is_better {
            return self.improve(job, &wanted).await;
        }
        if self.is_full(&wanted).await? {
            return Ok(Done::Finished);
        }
        // Tried again later, as everything that this server lacks for the moment.
        self.objects
            .require_room(wanted.reference.size_bytes)
            .map_err(JobError::failed)?;
        let mut downloaded = self.download(&wanted).await;
        if matches!(downloaded, Err(DownloadError::Expired))
            && let Some(renewed) = self.renew(&wanted).await?
        {
            wanted.reference = renewed;
            downloaded = self.download(&wanted).await;
        }
        let content = match downloaded {
            Ok(content) => content,
            Err(error) => return self.absent(job, &wanted, error).await,
        };
        let stored = self.write(&wanted, content).await?;
        self.settle(account, media, Outcome::Stored, Some(&stored))
            .await?;
        Ok(Done::Finished)
    }

    async fn give_up(&self, job: &Job, _why: &str) -> Result<(), JobError> {
        let (account, media) = subject(job)?;
        self.keep_former(account, media).await?;
        let message = "the file could not be fetched, though it was tried several times";
        let outcome = failed(StateReason::Unreachable, message);
        self.settle(account, media, outcome, None).await
    }
}

impl Fetch {
    /// Reads the reference and schedules the removal of the object, in case no row comes to name it. `None` when the
    /// file is stored, settled or deleted.
    async fn begin(&self, account: AccountRef, media: MediaId) -> Result<Option<Wanted>, JobError> {
        let mut work = self.core.begin(account.user).await?;
        let reference = match store::lock(&mut work, media).await? {
            Some(MediaState::Remote) => Some((store::load_reference(&mut work, media).await?, false)),
            Some(MediaState::Stored) => {
                let better = better_store::load_better(&mut work, media).await?;
                better.map(|better| (better, true))
            }
            Some(MediaState::Expired | MediaState::Failed) | None => None,
        };
        let Some((reference, is_better)) = reference else {
            work.rollback().await?;
            return Ok(None);
        };
        let key = Arc::clone(&work.key);
        let has_thumbnail = store::has_thumbnail(&mut work, media).await?;
        let object = discard::draft(&mut work, account, media).await?;
        work.commit().await?;
        Ok(Some(Wanted {
            media,
            account,
            key,
            reference,
            has_thumbnail,
            object,
            is_better,
        }))
    }

    /// Settles a file that is known not to fit, so that it is not downloaded to be thrown away. Its reference is kept: it
    /// can be asked for again once there is room. False when there seems to be room.
    async fn is_full(&self, wanted: &Wanted) -> Result<bool, JobError> {
        let mut work = self.core.begin(wanted.account.user).await?;
        if store::lock(&mut work, wanted.media).await? == Some(MediaState::Remote)
            && let Some(full) = self.full(&mut work, wanted.reference.size_bytes).await?
        {
            self.conclude(work, wanted.media, &full).await?;
            return Ok(true);
        }
        work.rollback().await?;
        Ok(false)
    }

    pub(super) async fn download(&self, wanted: &Wanted) -> Result<Bytes, DownloadError> {
        self.fetcher.download(wanted.account, &wanted.reference).await
    }

    /// Settles a file that could not be downloaded, or returns the error for another try.
    async fn absent(&self, job: &Job, wanted: &Wanted, error: DownloadError) -> Result<Done, JobError> {
        let outcome = match error {
            DownloadError::Expired => Outcome::Expired,
            DownloadError::TooLarge { .. } => failed(
                StateReason::TooLarge,
                format!(
                    "the file is larger than the {} MiB that this server fetches",
                    LARGEST_FILE_BYTES / (1024 * 1024)
                ),
            ),
            DownloadError::Tampered if job.attempt >= DAMAGED_TRIES => failed(
                StateReason::Damaged,
                "what WhatsApp served is not the file that was sent",
            ),
            DownloadError::Tampered | DownloadError::Unreachable(_) => return Err(JobError::failed(error)),
        };
        self.settle(wanted.account, wanted.media, outcome, None).await?;
        Ok(Done::Finished)
    }

    pub(super) async fn write(&self, wanted: &Wanted, content: Bytes) -> Result<Stored, JobError> {
        let shows = match wanted.reference.kind {
            MediaKind::Image | MediaKind::Sticker if !wanted.has_thumbnail => {
                let _turn = self.decodings.acquire().await.map_err(JobError::failed)?;
                thumbnail::make(content.clone()).await
            }
            _ => None,
        };
        let sealed_bytes = self
            .objects
            .write(&wanted.key, wanted.media, &wanted.object.object_key, &content)
            .await
            .map_err(JobError::failed)?;
        Ok(Stored {
            object: wanted.object.clone(),
            size_bytes: content.len() as u64,
            sealed_bytes,
            sha256: Some(wanted.reference.sha256.clone()),
            dimensions: shows.as_ref().map(|made| made.dimensions),
            thumbnail: shows.map(|made| made.jpeg),
        })
    }

    /// Settles the file and calls the listeners, in one unit of work. Content that comes too late is given up: another
    /// try writes it anew.
    async fn settle(
        &self,
        account: AccountRef,
        media: MediaId,
        outcome: Outcome,
        stored: Option<&Stored>,
    ) -> Result<(), JobError> {
        let mut work = self.core.begin(account.user).await?;
        // Forgotten meanwhile, or settled by a worker that was thought dead: the object is discarded in its time.
        if store::lock(&mut work, media).await? != Some(MediaState::Remote) {
            return Ok(work.rollback().await?);
        }
        if let Some(sha256) = stored.and_then(|stored| stored.sha256.as_ref())
            && store::load_reference(&mut work, media).await?.sha256 != *sha256
        {
            work.rollback().await?;
            return Err(JobError::failed("a better copy of the file came meanwhile"));
        }
        if stored.is_some_and(|stored| stored.object.is_late(work.now)) {
            work.rollback().await?;
            return Err(JobError::failed(
                "the content came too late to be kept under its name",
            ));
        }
        let outcome = match stored {
            Some(stored) => self.store(&mut work, media, stored).await?,
            None => outcome,
        };
        self.conclude(work, media, &outcome).await
    }

    /// Writes the outcome, calls the listeners, and commits.
    async fn conclude(&self, mut work: Work, media: MediaId, outcome: &Outcome) -> Result<(), JobError> {
        if *outcome != Outcome::Stored {
            store::mark_absent(&mut work, media, outcome).await?;
        }
        for listener in &self.listeners {
            listener
                .on_media(&mut work, media, outcome)
                .await
                .map_err(JobError::Failed)?;
        }
        work.commit().await?;
        tracing::debug!(media.id = %media, "the fetch came to its end: {outcome:?}");
        Ok(())
    }

    /// Marks content as stored if there is room for it and every listener admits it; returns the outcome.
    async fn store(&self, work: &mut Work, media: MediaId, stored: &Stored) -> Result<Outcome, JobError> {
        let now = work.now;
        let refusal = match self.full(work, stored.sealed_bytes).await? {
            Some(full) => Some(full),
            None => self.refused(work, media).await?,
        };
        if let Some(refusal) = refusal {
            discard::discard_unless_live(work, media, &stored.object.object_key, now).await?;
            return Ok(refusal);
        }
        store::mark_stored(work, media, stored).await?;
        Ok(Outcome::Stored)
    }

    /// The outcome when the plan's storage has no room for so many bytes; the user is notified.
    async fn full(&self, work: &mut Work, more_bytes: u64) -> Result<Option<Outcome>, JobError> {
        match space::require_space(work, more_bytes).await {
            Ok(()) => Ok(None),
            Err(SpaceError::Full(full)) => {
                space::notify_full(work, full).await?;
                Ok(Some(failed(StateReason::StorageFull, full.to_string())))
            }
            Err(SpaceError::Query(error)) => Err(error.into()),
        }
    }

    /// The outcome when a feature does not admit the file.
    async fn refused(&self, work: &mut Work, media: MediaId) -> Result<Option<Outcome>, JobError> {
        for listener in &self.listeners {
            if !listener.admit(work, media).await.map_err(JobError::Failed)? {
                return Ok(Some(Outcome::Refused));
            }
        }
        Ok(None)
    }
}

fn subject(job: &Job) -> Result<(AccountRef, MediaId), JobError> {
    let Payload { media, account } = job.read()?;
    let user = job.owner()?;
    Ok((AccountRef { id: account, user }, media))
}

fn failed(reason: StateReason, message: impl Into<String>) -> Outcome {
    Outcome::Failed {
        reason,
        message: message.into(),
    }
}
