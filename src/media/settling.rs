//! Settling of a fetch: its outcome is written once, for the reference that was tried.

use super::discard;
use super::handler::{Fetch, Wanted};
use super::listen::Outcome;
use super::space::{self, SpaceError};
use super::store::{self, MediaState, StateReason, Stored};
use crate::id::MediaId;
use crate::jobs::{Done, JobError};
use crate::work::Work;

/// State of a wanted file's row, which is locked, beside what was read of it when its try began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// As it was.
    Wanted,
    /// A better copy came meanwhile, which has not been tried.
    Superseded,
    /// Forgotten, or settled by a worker that was thought dead.
    Over,
}

/// Locks the row of `wanted`, which was remote, until the unit of work ends.
pub(super) async fn lock(work: &mut Work, wanted: &Wanted) -> diesel::QueryResult<Standing> {
    if store::lock(work, wanted.media).await? != Some(MediaState::Remote) {
        return Ok(Standing::Over);
    }
    let reference = store::load_reference(work, wanted.media).await?;
    Ok(if reference.sha256 == wanted.reference.sha256 {
        Standing::Wanted
    } else {
        Standing::Superseded
    })
}

impl Fetch {
    /// Settles the file and calls the listeners, in one unit of work. Content that comes too late is given up: another
    /// try writes it anew. Nothing is settled when a better copy came meanwhile: that one is tried then.
    pub(super) async fn settle(
        &self,
        wanted: &Wanted,
        outcome: Outcome,
        stored: Option<&Stored>,
    ) -> Result<Done, JobError> {
        let mut work = self.core.begin(wanted.account.user).await?;
        match lock(&mut work, wanted).await? {
            Standing::Wanted => {}
            // What was written is discarded in its time.
            Standing::Over => {
                work.rollback().await?;
                return Ok(Done::Finished);
            }
            Standing::Superseded => {
                let now = work.now;
                work.rollback().await?;
                return Ok(Done::Again(now));
            }
        }
        if stored.is_some_and(|stored| stored.object.is_late(work.now)) {
            work.rollback().await?;
            return Err(JobError::failed(
                "the content came too late to be kept under its name",
            ));
        }
        let outcome = match stored {
            Some(stored) => self.store(&mut work, wanted.media, stored).await?,
            None => outcome,
        };
        self.conclude(work, wanted.media, &outcome).await?;
        Ok(Done::Finished)
    }

    /// Writes the outcome, calls the listeners, and commits.
    pub(super) async fn conclude(
        &self,
        mut work: Work,
        media: MediaId,
        outcome: &Outcome,
    ) -> Result<(), JobError> {
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
        let refusal = match self.full(work, stored.written.stored_bytes).await? {
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
    pub(super) async fn full(&self, work: &mut Work, more_bytes: u64) -> Result<Option<Outcome>, JobError> {
        match space::require_space(work, more_bytes).await {
            Ok(()) => Ok(None),
            Err(SpaceError::Full(full)) => {
                space::notify_full(work, full).await?;
                Ok(Some(Outcome::Failed {
                    reason: StateReason::StorageFull,
                    message: full.to_string(),
                }))
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
