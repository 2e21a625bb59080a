//! Operations of users on uploads, each in one unit of work.

use std::sync::Arc;

use chrono::TimeDelta;

use super::error::{Refusal, UploadsError};
use crate::account::{self, AccountRef};
use crate::clock::SharedClock;
use crate::features::Parts;
use crate::limiter::{Limiter, Rate};
use crate::media;
use crate::media::uploads::{self, Announced, MOST_BYTES, Upload};
use crate::plan;
use crate::work::Core;

/// Rate at which a user may announce uploads.
const ANNOUNCE_RATE: Rate = Rate {
    burst: 30,
    per: TimeDelta::hours(1),
};

/// Uploads of users.
#[derive(Debug, Clone)]
pub struct UploadsService {
    core: Core,
    limiter: Arc<Limiter>,
}

impl From<&Parts> for UploadsService {
    fn from(parts: &Parts) -> Self {
        Self::new(parts.core.clone())
    }
}

impl UploadsService {
    /// Creates a service on `core`.
    pub fn new(core: Core) -> Self {
        let limiter = Arc::new(Limiter::new(SharedClock::clone(&core.clock), ANNOUNCE_RATE));
        Self { core, limiter }
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
        self.limiter
            .spend(&account.user.to_string())
            .map_err(|too_often| UploadsError::TooOften(too_often.retry_after))?;
        let upload = uploads::announce(&mut work, account, announced, size).await?;
        work.commit().await?;
        Ok(upload)
    }
}
