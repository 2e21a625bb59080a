use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::Semaphore;

use super::better_store;
use super::discard::{self, Draft};
use super::fetch::{FETCH, Payload};
use super::listen::{OnMedia, Outcome};
use super::measure::measure;
use super::objects::Objects;
use super::renewal::Renewal;
use super::settling::{self, Standing};
use super::store::{self, MediaState, StateReason, Stored};
use super::thumbnail;
use super::writing::NewObject;
use crate::account::AccountRef;
use crate::crypto::DataKey;
use crate::event::{MediaKind, MediaReference};
use crate::id::MediaId;
use crate::jobs::{Done, Handler, Job, JobError};
use crate::whatsapp::media::{DownloadError, LARGEST_FILE_BYTES, MediaFetcher};
use crate::work::Core;

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
            .require_room(self.objects.storage(), wanted.reference.size_bytes)
            .map_err(JobError::failed)?;
        let mut downloaded = self.download(&wanted).await;
        if matches!(downloaded, Err(DownloadError::Expired)) {
            match self.renew(&wanted).await? {
                Renewal::Renewed(reference) => {
                    wanted.reference = *reference;
                    downloaded = self.download(&wanted).await;
                }
                Renewal::Gone => {}
                Renewal::Superseded => return Ok(Done::Again(self.core.clock.now())),
            }
        }
        let content = match downloaded {
            Ok(content) => content,
            Err(error) => return self.absent(job, &wanted, error).await,
        };
        let stored = self.write(&wanted, content).await?;
        self.settle(&wanted, Outcome::Stored, Some(&stored)).await
    }

    async fn give_up(&self, job: &Job, _why: &str) -> Result<(), JobError> {
        let (account, media) = subject(job)?;
        self.keep_former(account, media).await?;
        let message = "the file could not be fetched, though it was tried several times";
        let mut work = self.core.begin(account.user).await?;
        if store::lock(&mut work, media).await? != Some(MediaState::Remote) {
            return Ok(work.rollback().await?);
        }
        let outcome = failed(StateReason::Unreachable, message);
        self.conclude(work, media, &outcome).await
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
        if settling::lock(&mut work, wanted).await? == Standing::Wanted
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

    /// Settles a file that could not be downloaded, or returns the error for another try. The failure of a reference that
    /// a better copy replaced meanwhile does not count.
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
            DownloadError::Tampered | DownloadError::Unreachable(_) => {
                let mut work = self.core.begin(wanted.account.user).await?;
                let (standing, now) = (settling::lock(&mut work, wanted).await?, work.now);
                work.rollback().await?;
                return match standing {
                    Standing::Superseded => Ok(Done::Again(now)),
                    Standing::Wanted | Standing::Over => Err(JobError::failed(error)),
                };
            }
        };
        self.settle(wanted, outcome, None).await
    }

    pub(super) async fn write(&self, wanted: &Wanted, content: Bytes) -> Result<Stored, JobError> {
        let (dimensions, thumbnail) = self.look_at(wanted, &content).await?;
        let object = NewObject {
            media: wanted.media,
            name: &wanted.object.object_key,
            storage: self.objects.storage(),
            mime_type: &wanted.reference.mime_type,
        };
        let written = self.objects.write(&wanted.key, object, &content).await;
        Ok(Stored {
            object: wanted.object.clone(),
            storage: object.storage,
            written: written.map_err(JobError::failed)?,
            dimensions,
            thumbnail,
        })
    }

    /// The size of a picture or video as its content tells it, and a thumbnail of a picture that lacks one. A better copy
    /// of a picture is decoded in any case: its size decides.
    async fn look_at(&self, wanted: &Wanted, content: &Bytes) -> Result<Shows, JobError> {
        let kind = wanted.reference.kind;
        let is_picture = matches!(kind, MediaKind::Image | MediaKind::Sticker);
        if is_picture && (wanted.is_better || !wanted.has_thumbnail) {
            let _turn = self.decodings.acquire().await.map_err(JobError::failed)?;
            let made = thumbnail::make(content.clone()).await;
            return Ok(made.map_or((None, None), |made| (Some(made.dimensions), Some(made.jpeg))));
        }
        Ok((measure(kind, content.clone()).await, None))
    }
}

/// Width and height in pixels, and a thumbnail.
type Shows = (Option<(u32, u32)>, Option<Vec<u8>>);

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
