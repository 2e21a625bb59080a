//! Requests of users about view-once messages, each in one unit of work.

use super::error::{Refusal, ViewOnceError};
use super::events;
use super::model::{CaptureChange, CaptureOutcome, CaptureSettings, ViewOnce};
use super::store::{self, ViewOnceQuery};
use crate::account::{self, AccountRef};
use crate::contacts;
use crate::features::Parts;
use crate::features::view_once::ViewOnceId;
use crate::graphql::Page;
use crate::hub::EventKind;
use crate::id::{AccountId, MediaId, UserId};
use crate::plan::{self, Quota};
use crate::work::{Core, Work};

/// Service for view-once messages and their settings.
#[derive(Debug, Clone)]
pub struct ViewOnceService {
    core: Core,
}

impl From<&Parts> for ViewOnceService {
    fn from(parts: &Parts) -> Self {
        Self::new(parts.core.clone())
    }
}

impl ViewOnceService {
    /// Creates the service.
    pub const fn new(core: Core) -> Self {
        Self { core }
    }

    /// Changes the settings of an account, and returns its id. When capturing is turned off, running captures are
    /// discarded.
    ///
    /// # Errors
    /// [`ViewOnceError`]; [`Refusal::UnknownAccount`] and [`Refusal::NoticeNotAcknowledged`] among them, both at once.
    pub async fn update(
        &self,
        user: UserId,
        account: Option<AccountId>,
        change: CaptureChange,
    ) -> Result<AccountId, ViewOnceError> {
        let mut work = self.core.begin(user).await?;
        let known = match account {
            Some(id) if account::exists(&mut work, id).await? => Some(id),
            Some(_) | None => None,
        };
        let before = match known {
            Some(id) => store::load_settings(&mut work, id).await?,
            None => CaptureSettings::default(),
        };
        let after = change.apply(before);
        let (Some(id), Some(after)) = (known, after) else {
            let unknown = known.is_none().then_some(Refusal::UnknownAccount);
            let unread = after.is_none().then_some(Refusal::NoticeNotAcknowledged);
            return Err(ViewOnceError::Refused(
                unknown.into_iter().chain(unread).collect(),
            ));
        };
        if store::save_settings(&mut work, AccountRef { id, user }, after).await? {
            work.emit(EventKind::AccountChanged, Some(id), id);
        }
        work.commit().await?;
        Ok(id)
    }

    /// Retries a capture that the quota refused or that failed. Returns the message as it is now; an event announces
    /// the outcome.
    ///
    /// # Errors
    /// [`ViewOnceError`]; [`ViewOnceError::Refused`] has the reason for which a retry is not possible.
    pub async fn retry(&self, user: UserId, id: ViewOnceId) -> Result<ViewOnce, ViewOnceError> {
        let mut work = self.core.begin(user).await?;
        let found = store::load(&mut work, &[id]).await?.pop();
        let message = found.ok_or(Refusal::UnknownMessage)?.open(&work.key)?;
        let media = self.require_retry(&mut work, &message).await?;
        events::recapture(&mut work, &message, media).await?;
        let row = store::lock(&mut work, id).await?.ok_or(Refusal::UnknownMessage)?;
        let after = row.open(&work.key)?;
        work.commit().await?;
        Ok(after)
    }

    /// Returns the media to fetch for `message`, if a retry is allowed and can succeed.
    async fn require_retry(&self, work: &mut Work, message: &ViewOnce) -> Result<MediaId, ViewOnceError> {
        if message.is_capturing {
            return Err(Refusal::Capturing.into());
        }
        match message.outcome {
            Some(CaptureOutcome::Captured) => return Err(Refusal::Captured.into()),
            Some(CaptureOutcome::NotDelivered) => return Err(Refusal::NotDelivered.into()),
            Some(CaptureOutcome::QuotaExhausted | CaptureOutcome::Failed) | None => {}
        }
        let media = message.media.ok_or(Refusal::Forgotten)?;
        if !store::load_settings(work, message.account).await?.is_enabled {
            return Err(Refusal::Off.into());
        }
        let (user, now) = (work.user, work.now);
        for usage in plan::usage(work, user, now).await? {
            if usage.quota == Quota::ViewOnceCaptures {
                usage.require_one().map_err(Refusal::Quota)?;
            }
        }
        Ok(media)
    }

    /// Lists a page of the user's view-once messages, newest first, with the number of all when `counts`.
    ///
    /// # Errors
    /// [`ViewOnceError::Work`] or [`ViewOnceError::Crypto`].
    pub async fn list(
        &self,
        user: UserId,
        page: Page,
        mut query: ViewOnceQuery,
        counts: bool,
    ) -> Result<(Vec<ViewOnce>, Option<i64>), ViewOnceError> {
        self.core
            .read(user, async |work| {
                if let Some(named) = &query.senders {
                    query.senders = Some(contacts::rows_of(work, named).await?);
                }
                let total = if counts {
                    Some(store::count(work, user, &query).await?)
                } else {
                    None
                };
                let rows = store::list(work, user, page, &query).await?;
                let opened = rows.into_iter().map(|row| row.open(&work.key));
                Ok((opened.collect::<Result<_, _>>()?, total))
            })
            .await
    }
}
