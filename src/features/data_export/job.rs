//! The job that writes an export.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use diesel::QueryResult;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::time::Instant;
use ulid::Ulid;
use uuid::Uuid;

use super::archive::{self, Exporter, Meter};
use super::error::ArchiveError;
use super::ids::DataExportId;
use super::model::{DataExportFailureReason, Progress};
use super::store;
use crate::hub::{Announcement, EventKind};
use crate::id::UserId;
use crate::jobs::{self, Done, Handler, Job, JobError, NewJob};
use crate::media::{self, Objects};
use crate::notices::{self, NewNotice, NoticeKind};
use crate::work::{Core, Work, WorkError};

const WRITE: &str = "data_export.write";
/// Each try begins anew; what fails so often fails always.
const MAX_ATTEMPTS: i32 = 5;
/// Time for which an archive can be downloaded.
const KEPT_FOR: TimeDelta = TimeDelta::hours(24);
/// Shortest time between two announcements of progress.
const ANNOUNCE_EVERY: Duration = Duration::from_secs(1);
/// Time after which a try notices at the latest that it must stop.
const LOOK_EVERY: Duration = Duration::from_secs(1);

#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    export: DataExportId,
}

/// Has the export `id` of the user of `work` written.
pub(super) async fn enqueue(work: &mut Work, id: DataExportId) -> QueryResult<()> {
    let payload = serde_json::to_value(Payload { export: id })
        .map_err(|e| diesel::result::Error::SerializationError(e.into()))?;
    let job = NewJob {
        kind: WRITE,
        user: Some(work.user),
        payload,
        unique_key: Some(id.to_string()),
        run_at: work.now,
        max_attempts: MAX_ATTEMPTS,
    };
    jobs::enqueue(work, &job).await
}

/// Removes the job of the export `id`, unless it runs.
pub(super) async fn withdraw(work: &mut Work, id: DataExportId) -> QueryResult<()> {
    jobs::withdraw(work, WRITE, &id.to_string()).await
}

/// Handler that writes an export.
#[derive(Debug)]
pub(super) struct WriteExport {
    pub(super) core: Core,
    pub(super) objects: Objects,
}

/// One try at writing an export.
struct Try<'a> {
    core: &'a Core,
    objects: &'a Objects,
    user: UserId,
    id: DataExportId,
    writer: Uuid,
}

#[async_trait]
impl Handler for WriteExport {
    fn kind(&self) -> &'static str {
        WRITE
    }

    async fn run(&self, job: &Job) -> Result<Done, JobError> {
        let Payload { export } = job.read()?;
        let attempt = Try {
            core: &self.core,
            objects: &self.objects,
            user: job.owner()?,
            id: export,
            writer: self.core.ids.next::<Ulid>().into(),
        };
        match Box::pin(attempt.run()).await {
            Ok(()) | Err(ArchiveError::Stopped) => Ok(Done::Finished),
            Err(error) if error.is_for_want_of_room() => {
                tracing::error!("an export cannot be written: {}", crate::telemetry::chain(&error));
                self.fail(attempt.user, export, DataExportFailureReason::DiskFull)
                    .await?;
                Ok(Done::Finished)
            }
            Err(error) => Err(JobError::failed(error)),
        }
    }

    async fn give_up(&self, job: &Job, _: &str) -> Result<(), JobError> {
        let Payload { export } = job.read()?;
        self.fail(job.owner()?, export, DataExportFailureReason::Internal)
            .await
    }
}

impl WriteExport {
    async fn fail(
        &self,
        user: UserId,
        id: DataExportId,
        failure: DataExportFailureReason,
    ) -> Result<(), JobError> {
        let failed = async {
            let mut work = self.core.begin(user).await?;
            if store::mark_failed(&mut work, id, failure).await? {
                media::discard_archive(&mut work, id.as_uuid()).await?;
            }
            work.commit().await
        };
        match failed.await {
            Err(error) if error.is_of_nobody() => Ok(()),
            failed => Ok(failed?),
        }
    }
}

impl Try<'_> {
    /// Writes the export, and removes what was written when that fails or is not wanted any more.
    async fn run(&self) -> Result<(), ArchiveError> {
        if !self.begin().await? {
            return Err(ArchiveError::Stopped);
        }
        // What an earlier try left when its process ended.
        self.objects.remove_archive(self.user, self.id.as_uuid()).await?;
        let written = tokio::select! {
            // First, because what is finished must not be stopped.
            biased;
            written = self.write() => written,
            stopped = self.until_stopped() => Err(stopped),
        };
        if written.is_err() && !self.is_needed().await? {
            self.objects.remove_archive(self.user, self.id.as_uuid()).await?;
        }
        written
    }

    /// True when what this try wrote may be what the export is now: a lost connection hides whether the commit was made, and
    /// another try may write.
    async fn is_needed(&self) -> Result<bool, WorkError> {
        let looked = async {
            let mut work = self.core.begin(self.user).await?;
            let is_needed = store::is_ready_or_of_another(&mut work, self.id, self.writer).await?;
            work.rollback().await?;
            Ok(is_needed)
        };
        match looked.await {
            Err(error) if WorkError::is_of_nobody(&error) => Ok(false),
            looked => looked,
        }
    }

    /// Takes the export over; false when it is finished, or its user is gone.
    async fn begin(&self) -> Result<bool, WorkError> {
        let begun = async {
            let mut work = self.core.begin(self.user).await?;
            let begun = store::begin(&mut work, self.id, self.writer).await?;
            work.commit().await?;
            Ok(begun)
        };
        match begun.await {
            Err(error) if WorkError::is_of_nobody(&error) => Ok(false),
            begun => begun,
        }
    }

    async fn write(&self) -> Result<(), ArchiveError> {
        let exporter = Exporter {
            core: self.core.clone(),
            objects: self.objects.clone(),
            user: self.user,
        };
        let work = self.core.begin(self.user).await?;
        let key = Arc::clone(&work.key);
        work.rollback().await?;
        let object_key = media::archive_key(&self.core.ids, self.user, self.id.as_uuid());
        let (meter, shown) = Meter::new();
        let (made, pieces) = archive::open(&exporter, &meter).await?;
        let stored = self
            .objects
            .write_archive(&key, self.id.as_uuid(), &object_key, pieces);
        let written = async { tokio::try_join!(made, stored) };
        let ((), size_bytes) = tokio::select! {
            written = written => written?,
            stopped = self.announce(shown) => return Err(stopped),
        };
        self.finish(&object_key, size_bytes, meter.progress()).await
    }

    /// Announces progress, about once a second and percent at most; returns only when it may not or cannot.
    async fn announce(&self, mut shown: watch::Receiver<Progress>) -> ArchiveError {
        let mut announced = None;
        let mut last = Instant::now();
        loop {
            // The meter lives as long as the archive is written.
            if shown.changed().await.is_err() {
                return ArchiveError::Broken;
            }
            let progress = *shown.borrow_and_update();
            let is_first = announced.is_none();
            if announced == Some(progress.percent()) || (!is_first && last.elapsed() < ANNOUNCE_EVERY) {
                continue;
            }
            (announced, last) = (Some(progress.percent()), Instant::now());
            match self.save(progress).await {
                Ok(true) => {}
                Ok(false) => return ArchiveError::Stopped,
                Err(error) => return error.into(),
            }
        }
    }

    async fn save(&self, progress: Progress) -> Result<bool, WorkError> {
        let mut work = self.core.begin(self.user).await?;
        let saved = store::save_progress(&mut work, self.id, self.writer, progress).await?;
        work.commit().await?;
        Ok(saved)
    }

    async fn finish(
        &self,
        object_key: &str,
        size_bytes: u64,
        progress: Progress,
    ) -> Result<(), ArchiveError> {
        let mut work = self.core.begin(self.user).await?;
        let size_bytes = i64::try_from(size_bytes).unwrap_or(i64::MAX);
        let until = work.now + KEPT_FOR;
        let is_writer = store::save_progress(&mut work, self.id, self.writer, progress).await?;
        let is_ready = is_writer
            && store::mark_ready(&mut work, (self.id, self.writer), object_key, size_bytes, until).await?;
        if !is_ready {
            return Err(ArchiveError::Stopped);
        }
        work.emit(EventKind::DataExportChanged, None, self.id);
        let notice = NewNotice {
            kind: NoticeKind::DataExportReady,
            account: None,
            subject: Some(self.id.as_uuid()),
            details: json!({ "until": until }),
            at: work.now,
        };
        notices::post(&mut work, &notice).await?;
        work.commit().await?;
        tracing::info!(user.id = %self.user, export.id = %self.id, size_bytes, "an export of user {} is ready", self.user);
        Ok(())
    }

    /// True while this try may write.
    async fn is_writer(&self) -> Result<bool, WorkError> {
        let mut work = self.core.begin(self.user).await?;
        let is_writer = store::is_writer(&mut work, self.id, self.writer).await?;
        work.rollback().await?;
        Ok(is_writer)
    }

    /// Returns when this try must not go on: the export was cancelled, or another try has it, or the user is gone.
    async fn until_stopped(&self) -> ArchiveError {
        let mut events = self.core.hub.subscribe(self.user);
        loop {
            // The row alone decides; an event about it only makes the look sooner.
            let is_ours = self.is_writer().await;
            match is_ours {
                Ok(true) => {}
                Ok(false) => return ArchiveError::Stopped,
                Err(error) if error.is_of_nobody() => return ArchiveError::Stopped,
                // Whatever writes fails as well, or the next look does not.
                Err(error) => {
                    tracing::debug!("the state of an export cannot be read now: {error}");
                }
            }
            let _ = tokio::time::timeout(LOOK_EVERY, self.until_announced(&mut events)).await;
        }
    }

    /// Returns when an event is about the export, or events were missed.
    async fn until_announced(&self, events: &mut broadcast::Receiver<Arc<Announcement>>) {
        loop {
            match events.recv().await {
                Ok(told) if told.rows.iter().all(|row| row.event.subject != self.id.as_uuid()) => {}
                Ok(_) | Err(RecvError::Lagged(_)) => return,
                // The hub ends with the server.
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}
