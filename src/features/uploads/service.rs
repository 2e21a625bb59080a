//! Operations of users on uploads, each in one unit of work.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use thiserror::Error;

use crate::account::{self, AccountRef};
use crate::clock::SharedClock;
use crate::features::Parts;
use crate::id::{UploadId, UserId};
use crate::limiter::{Limiter, Rate};
use crate::media::uploads::{self, Announced, MOST_BYTES, Upload};
use crate::media::{self, StorageUsage};
use crate::plan;
use crate::work::{Core, WorkError};

/// Rate at which a user may announce uploads.
const OFTEN: Rate = Rate {
    burst: 30,
    per: TimeDelta::hours(1),
};

/// Refusal of an upload, with the correction that the client can make.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The account does not exist or belongs to another user.
    #[error("there is no such account")]
    UnknownAccount,
    /// The media type is not accepted.
    #[error("'{0}' is not taken; pass image/jpeg, image/png, image/webp or video/mp4")]
    Type(String),
    /// The size is zero, or more than WhatsApp accepts.
    #[error("sizeBytes is {0}; pass the file's size, 1 to {MOST_BYTES}")]
    Size(i32),
    /// The plan does not include videos.
    #[error("videos need the Premium plan")]
    NoVideos,
    /// The plan's media storage is full.
    #[error("the plan's media storage has no room for it; delete something first")]
    Full(StorageUsage),
}

/// Error of announcing an upload.
#[derive(Debug, Error)]
pub enum UploadsError {
    /// The database or the user's key failed.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// The request was refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The user announces uploads too often.
    #[error("too many uploads; possible again in {0:?}")]
    TooOften(Duration),
}

impl From<diesel::result::Error> for UploadsError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}

/// Uploads of users.
#[derive(Debug, Clone)]
pub struct UploadsService {
    core: Core,
    often: Arc<Limiter>,
}

impl From<&Parts> for UploadsService {
    fn from(parts: &Parts) -> Self {
        Self::new(parts.core.clone())
    }
}

impl UploadsService {
    /// Creates a service on `core`.
    pub fn new(core: Core) -> Self {
        let often = Arc::new(Limiter::new(SharedClock::clone(&core.clock), OFTEN));
        Self { core, often }
    }

    /// Announces a file that the user is about to send, to be shown by `account`.
    ///
    /// # Errors
    /// [`UploadsError`]; [`UploadsError::Refused`] says what the client can correct.
    pub async fn create(
        &self,
        account: AccountRef,
        mime_type: &str,
        size_bytes: i32,
    ) -> Result<Upload, UploadsError> {
        let announced =
            Announced::parse(mime_type).ok_or_else(|| Refusal::Type(mime_type.chars().take(64).collect()))?;
        let size = u32::try_from(size_bytes)
            .ok()
            .filter(|size| (1..=MOST_BYTES).contains(size))
            .ok_or(Refusal::Size(size_bytes))?;
        let mut work = self.core.begin(account.user).await?;
        if !account::exists(&mut work, account.id).await? {
            return Err(Refusal::UnknownAccount.into());
        }
        let entitlements = plan::entitlements(&mut work, account.user).await?;
        if announced == Announced::Mp4 && !entitlements.has_scheduled_videos {
            return Err(Refusal::NoVideos.into());
        }
        let usage = media::usage(&mut work, account.user).await?;
        if !usage.has_room_for(u64::from(size)) {
            return Err(Refusal::Full(usage).into());
        }
        self.often
            .spend(&account.user.to_string())
            .map_err(|too_often| UploadsError::TooOften(too_often.retry_after))?;
        let upload = uploads::announce(&mut work, account, announced, size).await?;
        work.commit().await?;
        Ok(upload)
    }

    /// The user's uploads among `ids`.
    ///
    /// # Errors
    /// [`UploadsError::Work`].
    pub async fn load(&self, user: UserId, ids: &[UploadId]) -> Result<Vec<Upload>, UploadsError> {
        let mut work = self.core.begin(user).await?;
        let found = uploads::load_uploads(&mut work, ids).await?;
        work.commit().await?;
        Ok(found)
    }
}
