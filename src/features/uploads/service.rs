//! Operations of users on uploads, each in one unit of work.

use std::sync::Arc;

use chrono::TimeDelta;
use diesel::QueryResult;

use super::error::{Refusal, UPLOADS_PER_HOUR, UploadsError};
use crate::account::{self, AccountRef};
use crate::features::Parts;
use crate::id::{AccountId, UploadId, UserId};
use crate::idempotency::{self, Call};
use crate::limiter::{Limiter, Rate};
use crate::media;
use crate::media::uploads::{self, Announced, MOST_BYTES, Upload};
use crate::plan;
use crate::work::{Core, Work};

/// Rate at which a user may announce uploads.
const ANNOUNCE_RATE: Rate = Rate {
    burst: UPLOADS_PER_HOUR,
    per: TimeDelta::hours(1),
};

/// A file that a user is about to send.
#[derive(Debug, Clone)]
pub struct NewUpload {
    /// The account that will show the file; `None` when the client's id is of no account.
    pub account: Option<AccountId>,
    /// The media type.
    pub mime_type: String,
    /// The size.
    pub size_bytes: i64,
}

/// An upload, and whether this call announced it.
enum Announcement {
    New(Upload),
    Repeated(Upload),
}

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
        let limiter = Arc::new(core.limiters.limiter("uploads", ANNOUNCE_RATE));
        Self { core, limiter }
    }

    /// Announces a file that the user is about to send. A `call` that announced one before announces no other.
    ///
    /// # Errors
    /// [`UploadsError`]; [`UploadsError::Refused`] says all that the client can correct.
    pub async fn create(
        &self,
        user: UserId,
        new: NewUpload,
        call: Option<&Call>,
    ) -> Result<Upload, UploadsError> {
        // Outside of the transaction, in which nothing else is waited for.
        let spent = self.spend(user).await;
        let is_spent = spent.is_ok();
        let announced = self.announce(user, new, call, spent).await;
        if is_spent && !matches!(announced, Ok(Announcement::New(_))) {
            self.limiter.give_back(&user.to_string()).await;
        }
        Ok(match announced? {
            Announcement::New(upload) | Announcement::Repeated(upload) => upload,
        })
    }

    /// Announces a file, unless `call` did before. `spent` is refused last: what cannot be sent at all is not a matter of
    /// time.
    async fn announce(
        &self,
        user: UserId,
        new: NewUpload,
        call: Option<&Call>,
        spent: Result<(), UploadsError>,
    ) -> Result<Announcement, UploadsError> {
        let mut work = self.core.begin(user).await?;
        let mut refused = Vec::new();
        match idempotency::find_made(&mut work, call, find_upload).await? {
            Ok(Some(upload)) => {
                work.rollback().await?;
                return Ok(Announcement::Repeated(upload));
            }
            Ok(None) => {}
            Err(refusal) => refused.push(refusal.into()),
        }
        let account = find_account(&mut work, new.account).await?;
        if account.is_none() {
            refused.push(Refusal::UnknownAccount);
        }
        let announced = Announced::parse(&new.mime_type);
        let has_videos = plan::entitlements(&mut work, user).await?.has_scheduled_videos;
        match announced {
            None => refused.push(Refusal::Type(new.mime_type.chars().take(64).collect())),
            Some(Announced::Mp4) if !has_videos => refused.push(Refusal::NoVideos),
            Some(_) => {}
        }
        let size = u32::try_from(new.size_bytes).ok();
        let size = size.filter(|size| (1..=MOST_BYTES).contains(size));
        match size {
            None => refused.push(Refusal::Size(new.size_bytes)),
            Some(size) => {
                let usage = media::usage(&mut work, user).await?;
                if !usage.has_room_for(u64::from(size)) {
                    refused.push(Refusal::Full(usage));
                }
            }
        }
        let (Some(account), Some(announced), Some(size), true) =
            (account, announced, size, refused.is_empty())
        else {
            return Err(UploadsError::Refused(refused));
        };
        spent?;
        let upload = uploads::announce(&mut work, account, announced, size).await?;
        idempotency::record_made(&mut work, call, upload.id).await?;
        work.commit().await?;
        Ok(Announcement::New(upload))
    }

    /// Counts an announcement of the user's.
    async fn spend(&self, user: UserId) -> Result<(), UploadsError> {
        self.limiter.spend(&user.to_string()).await.map_err(|too_often| {
            let wait = TimeDelta::from_std(too_often.retry_after).unwrap_or(ANNOUNCE_RATE.per);
            let resets_at = self.core.clock.now() + wait;
            UploadsError::Refused(vec![Refusal::TooOften { resets_at }])
        })
    }
}

/// The user's upload with this id.
async fn find_upload(work: &mut Work, id: UploadId) -> Result<Option<Upload>, UploadsError> {
    Ok(uploads::find_upload(work, id).await?)
}

/// The user's account with this id.
async fn find_account(work: &mut Work, id: Option<AccountId>) -> QueryResult<Option<AccountRef>> {
    match id {
        Some(id) if account::exists(work, id).await? => Ok(Some(AccountRef { id, user: work.user })),
        Some(_) | None => Ok(None),
    }
}
