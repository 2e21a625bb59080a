//! Operations of users on scheduled statuses, each in one unit of work.

use super::audience::{Audience, ReachableAudience};
use super::change::{NewStatus, StatusChange};
use super::checks::{require_account, require_audience, require_quota, take};
use super::content::Content;
use super::error::{Refusal, ScheduledStatusesError};
use super::model::{Kind, PlannedStatus, State};
use super::publish;
use super::store::statuses::StatusRow;
use super::store::{ScheduledStatusQuery, VIEWERS, people, progress, statuses};
use super::time::parse_zone;
use crate::account::AccountRef;
use crate::crypto::{CryptoError, DataKey};
use crate::event::Outgoing;
use crate::features::scheduled_statuses::ScheduledStatusId;
use crate::features::{Parts, StatusView};
use crate::graphql::Page;
use crate::hub::EventKind;
use crate::id::{AccountId, UserId};
use crate::media;
use crate::plan;
use crate::whatsapp::outbox;
use crate::work::{Core, Work};

type Result<T> = std::result::Result<T, ScheduledStatusesError>;

/// Scheduled statuses.
#[derive(Debug, Clone)]
pub struct ScheduledStatusesService {
    core: Core,
}

impl From<&Parts> for ScheduledStatusesService {
    fn from(parts: &Parts) -> Self {
        Self::new(parts.core.clone())
    }
}

impl ScheduledStatusesService {
    /// Creates a service on `core`.
    pub const fn new(core: Core) -> Self {
        Self { core }
    }

    /// Schedules a status.
    ///
    /// # Errors
    /// [`ScheduledStatusesError`]; [`ScheduledStatusesError::Refused`] says what the client can correct.
    pub async fn schedule(&self, account: AccountRef, plan: NewStatus) -> Result<PlannedStatus> {
        let mut work = self.core.begin(account.user).await?;
        require_account(&mut work, account).await?;
        let now = work.now;
        let zone = match plan.time_zone {
            Some(zone) => parse_zone(&zone)?,
            None => plan::zone(&mut work, account.user).await?,
        };
        let publish_at = plan.when.resolve(zone, now)?;
        let entitlements = plan::entitlements(&mut work, account.user).await?;
        require_audience(&mut work, account.id, &plan.audience, &entitlements).await?;
        require_quota(&mut work, account.user, &entitlements).await?;
        let (kind, content, media) = take(&mut work, account, plan.content, &entitlements).await?;
        let status = PlannedStatus {
            id: work.ids.next(),
            account: account.id,
            kind,
            content,
            media,
            audience: plan.audience,
            publish_at,
            time_zone: zone.name().to_owned(),
            state: State::Scheduled,
            reason: None,
            send: None,
            wa_id: None,
            audience_size: None,
            created_at: now,
            published_at: None,
            revoke_requested_at: None,
            revoke_reason: None,
            deleted_at: None,
        };
        statuses::insert(&mut work, &status).await?;
        publish::enqueue_check(&mut work, status.id, publish_at).await?;
        emit_changed(&mut work, &status);
        work.commit().await?;
        Ok(status)
    }

    /// Changes a waiting status, whole or not at all.
    ///
    /// # Errors
    /// As [`Self::schedule`].
    pub async fn update(
        &self,
        user: UserId,
        id: ScheduledStatusId,
        change: StatusChange,
    ) -> Result<PlannedStatus> {
        let mut work = self.core.begin(user).await?;
        let mut status = lock_scheduled(&mut work, id).await?;
        let now = work.now;
        let account = AccountRef {
            id: status.account,
            user,
        };
        let entitlements = plan::entitlements(&mut work, user).await?;
        if let Some(zone) = change.time_zone {
            parse_zone(&zone)?.name().clone_into(&mut status.time_zone);
        }
        if let Some(when) = change.when {
            status.publish_at = when.resolve(parse_zone(&status.time_zone)?, now)?;
            publish::withdraw_checks(&mut work, id).await?;
            publish::enqueue_check(&mut work, id, status.publish_at).await?;
        }
        if let Some(audience) = change.audience {
            require_audience(&mut work, account.id, &audience, &entitlements).await?;
            status.audience = audience;
        }
        let former = status.media;
        if let Some(content) = change.content {
            (status.kind, status.content, status.media) =
                take(&mut work, account, content, &entitlements).await?;
        }
        if let Some(caption) = change.caption {
            if status.kind == Kind::Text {
                return Err(Refusal::NoCaption.into());
            }
            status.content = Content::caption(caption)?;
        }
        statuses::update(&mut work, &status).await?;
        if let Some(former) = former.filter(|former| status.media != Some(*former)) {
            media::forget(&mut work, &[former]).await?;
        }
        emit_changed(&mut work, &status);
        work.commit().await?;
        Ok(status)
    }

    /// Cancels a status that waits for its time, or whose time has come and which has not left: its account is offline,
    /// say. Its file is removed.
    ///
    /// # Errors
    /// As [`Self::schedule`].
    pub async fn cancel(&self, user: UserId, id: ScheduledStatusId) -> Result<PlannedStatus> {
        let mut work = self.core.begin(user).await?;
        let status = lock(&mut work, id).await?;
        let is_unsent = match (status.state, status.send) {
            (State::Scheduled, _) => true,
            (State::Publishing, Some(send)) => outbox::cancel(&mut work, send).await?,
            _ => false,
        };
        if !is_unsent {
            return Err(Refusal::NotWaiting(status.state).into());
        }
        progress::cancel(&mut work, id).await?;
        publish::withdraw_checks(&mut work, id).await?;
        media::forget(&mut work, status.media.as_slice()).await?;
        emit_changed(&mut work, &status);
        work.commit().await?;
        Ok(PlannedStatus {
            state: State::Cancelled,
            media: None,
            ..status
        })
    }

    /// Deletes a published status for everyone. The outcome follows as an event.
    ///
    /// # Errors
    /// As [`Self::schedule`].
    pub async fn delete_published(&self, user: UserId, id: ScheduledStatusId) -> Result<PlannedStatus> {
        let mut work = self.core.begin(user).await?;
        let status = lock(&mut work, id).await?;
        let now = work.now;
        status.may_be_deleted(now).map_err(Refusal::NotDeletable)?;
        let revoke = Outgoing::StatusRevoke {
            target_wa_id: status.wa_id.clone().unwrap_or_default(),
            audience: progress::load_audience(&mut work, id).await?,
        };
        let account = AccountRef {
            id: status.account,
            user,
        };
        let queued = outbox::enqueue(&mut work, account, &revoke, now).await?;
        progress::mark_being_deleted(&mut work, id, queued.id).await?;
        emit_changed(&mut work, &status);
        work.commit().await?;
        Ok(PlannedStatus {
            revoke_requested_at: Some(now),
            revoke_reason: None,
            ..status
        })
    }

    /// Previews the audience of a status if it were published now. A user with one account may leave the account out.
    ///
    /// # Errors
    /// As [`Self::schedule`].
    pub async fn preview(
        &self,
        user: UserId,
        account: Option<AccountId>,
        audience: &Audience,
    ) -> Result<ReachableAudience> {
        self.core
            .read(user, async |work| {
                let linked = people::linked_accounts(work, user).await?;
                let account = match (account, &linked[..]) {
                    (Some(wanted), _) => {
                        require_account(work, AccountRef { id: wanted, user }).await?;
                        wanted
                    }
                    (None, [only]) => *only,
                    (None, several) if several.len() > 1 => {
                        return Err(Refusal::AmbiguousAccount(several.len()).into());
                    }
                    _ => return Err(Refusal::UnknownAccount.into()),
                };
                let entitlements = plan::entitlements(work, user).await?;
                require_audience(work, account, audience, &entitlements).await?;
                let found = people::resolve(work, account, audience).await?;
                Ok(ReachableAudience::of(&found))
            })
            .await
    }

    /// A page of the user's statuses, latest planned time first.
    ///
    /// # Errors
    /// [`ScheduledStatusesError::Work`] or [`ScheduledStatusesError::Crypto`].
    pub async fn list(
        &self,
        user: UserId,
        page: Page,
        query: &ScheduledStatusQuery,
    ) -> Result<Vec<PlannedStatus>> {
        self.core
            .read(user, async |work| {
                let rows = statuses::list(work, user, page, query).await?;
                Ok(opened(rows, &work.key)?)
            })
            .await
    }

    /// A page of the viewers of a status, newest first.
    ///
    /// # Errors
    /// [`ScheduledStatusesError::Work`].
    pub async fn viewers(&self, user: UserId, id: ScheduledStatusId, page: Page) -> Result<Vec<StatusView>> {
        self.core
            .read(user, async |work| Ok(VIEWERS.list(work, id.into(), page).await?))
            .await
    }
}

fn opened(rows: Vec<StatusRow>, key: &DataKey) -> std::result::Result<Vec<PlannedStatus>, CryptoError> {
    rows.into_iter().map(|row| row.open(key)).collect()
}

fn emit_changed(work: &mut Work, status: &PlannedStatus) {
    work.emit(EventKind::ScheduledStatusChanged, Some(status.account), status.id);
}

async fn lock(work: &mut Work, id: ScheduledStatusId) -> Result<PlannedStatus> {
    let row = statuses::lock(work, id).await?;
    Ok(row.ok_or(Refusal::UnknownStatus)?.open(&work.key)?)
}

/// Loads and locks a status that waits for its time. The publication job waits for the lock, and then sees the
/// change.
async fn lock_scheduled(work: &mut Work, id: ScheduledStatusId) -> Result<PlannedStatus> {
    let status = lock(work, id).await?;
    if status.state == State::Scheduled {
        Ok(status)
    } else {
        Err(Refusal::NotWaiting(status.state).into())
    }
}
