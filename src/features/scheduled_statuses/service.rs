//! Operations of users on scheduled statuses, each in one unit of work.

use super::audience::{NewAudience, ReachableAudience};
use super::change::{ContentChange, NewStatus, StatusChange};
use super::checks::{change_content, require_account, require_audience, require_quota, take};
use super::content::Content;
use super::error::{Refusal, Refusals, ScheduledStatusesError};
use super::model::{PlannedStatus, State};
use super::publish;
use super::store::statuses::StatusRow;
use super::store::{ScheduledStatusQuery, people, progress, statuses};
use super::time::stored_zone;
use crate::account::AccountRef;
use crate::crypto::{CryptoError, DataKey};
use crate::event::Outgoing;
use crate::features::Parts;
use crate::features::scheduled_statuses::ScheduledStatusId;
use crate::graphql::Page;
use crate::hub::EventKind;
use crate::id::UserId;
use crate::idempotency::{self, Call};
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

    /// Schedules a status. A `call` that scheduled one before schedules no other.
    ///
    /// # Errors
    /// [`ScheduledStatusesError`]; [`ScheduledStatusesError::Refused`] says all that the client can correct.
    pub async fn schedule(&self, user: UserId, new: NewStatus, call: Option<&Call>) -> Result<PlannedStatus> {
        let mut work = self.core.begin(user).await?;
        let mut wrong = Refusals::default();
        let made = idempotency::find_made(&mut work, call, find).await?;
        if let Some(status) = wrong.keep(made.map_err(Refusal::Key))?.flatten() {
            work.rollback().await?;
            return Ok(status);
        }
        let now = work.now;
        let entitlements = plan::entitlements(&mut work, user).await?;
        let zone = plan::zone(&mut work, user).await?;
        let account = wrong.keep(require_account(&mut work, new.account).await)?;
        let time = wrong.keep(new.publish_at.resolve(zone, now))?;
        let audience = require_audience(&mut work, account, &new.audience, &entitlements).await;
        let audience = wrong.keep(audience)?;
        let taken = wrong.keep(take(&mut work, account, new.content, &entitlements).await)?;
        let room = wrong.keep(require_quota(&mut work, user, &entitlements).await)?;
        let (Some(account), Some(time), Some(audience), Some(taken), Some(()), true) =
            (account, time, audience, taken, room, wrong.0.is_empty())
        else {
            return Err(ScheduledStatusesError::Refused(wrong));
        };
        let status = PlannedStatus {
            id: work.ids.next(),
            account: account.id,
            kind: taken.kind,
            content: taken.content,
            media: taken.media,
            audience,
            publish_at: time.at,
            time_zone: time.zone.name().to_owned(),
            state: State::Scheduled,
            failure: None,
            send: None,
            wa_id: None,
            audience_size: None,
            created_at: now,
            published_at: None,
            revoke_requested_at: None,
            deletion_failure: None,
            deleted_at: None,
        };
        statuses::insert(&mut work, &status).await?;
        idempotency::record_made(&mut work, call, status.id).await?;
        publish::enqueue_check(&mut work, status.id, status.publish_at).await?;
        emit_changed(&mut work, &status);
        work.commit().await?;
        Ok(status)
    }

    /// Changes a waiting status, whole or not at all; `id` is none when the client's is of no scheduled status.
    ///
    /// # Errors
    /// As [`Self::schedule`].
    pub async fn update(
        &self,
        user: UserId,
        id: Option<ScheduledStatusId>,
        change: StatusChange,
    ) -> Result<PlannedStatus> {
        let mut work = self.core.begin(user).await?;
        let Some(mut status) = lock_scheduled(&mut work, id).await? else {
            return Err(mistakes_elsewhere(&mut work, change).await?.into());
        };
        let id = status.id;
        let former = status.media;
        let is_moved = self::change(&mut work, &mut status, change).await?;
        if is_moved {
            publish::withdraw_checks(&mut work, id).await?;
            publish::enqueue_check(&mut work, id, status.publish_at).await?;
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
            deletion_failure: None,
            ..status
        })
    }

    /// Previews the audience of a status of `account` if it were published now.
    ///
    /// # Errors
    /// As [`Self::schedule`].
    pub async fn preview(&self, account: AccountRef, wanted: &NewAudience) -> Result<ReachableAudience> {
        self.core
            .read(account.user, async |work| {
                let entitlements = plan::entitlements(work, account.user).await?;
                let audience = require_audience(work, Some(account), wanted, &entitlements).await?;
                let found = people::resolve(work, account.id, &audience).await?;
                Ok(ReachableAudience::of(&found))
            })
            .await
    }

    /// A page of the user's statuses.
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

    /// Number of the user's statuses that the filter matches, up to the largest number that is counted.
    ///
    /// # Errors
    /// [`ScheduledStatusesError::Work`].
    pub async fn count(&self, user: UserId, query: &ScheduledStatusQuery) -> Result<i64> {
        self.core
            .read(user, async |work| Ok(statuses::count(work, user, query).await?))
            .await
    }
}

/// Applies a change to a status whose row is locked. True when its time is another.
async fn change(work: &mut Work, status: &mut PlannedStatus, change: StatusChange) -> Result<bool> {
    let (user, now) = (work.user, work.now);
    let entitlements = plan::entitlements(work, user).await?;
    let account = AccountRef {
        id: status.account,
        user,
    };
    let mut wrong = Refusals::default();
    let mut is_moved = false;
    if let Some(publish_at) = change.publish_at
        && let Some(time) = wrong.keep(publish_at.resolve(stored_zone(&status.time_zone), now))?
    {
        status.publish_at = time.at;
        time.zone.name().clone_into(&mut status.time_zone);
        is_moved = true;
    }
    if let Some(wanted) = change.audience {
        let audience = require_audience(work, Some(account), &wanted, &entitlements).await;
        if let Some(audience) = wrong.keep(audience)? {
            status.audience = audience;
        }
    }
    if let Some(content) = change.content {
        let taken = change_content(work, status, content, &entitlements).await;
        if let Some(taken) = wrong.keep(taken)? {
            (status.kind, status.content, status.media) = (taken.kind, taken.content, taken.media);
        }
    }
    if wrong.0.is_empty() {
        Ok(is_moved)
    } else {
        Err(ScheduledStatusesError::Refused(wrong))
    }
}

/// The refusals of a change of a status that does not exist.
async fn mistakes_elsewhere(work: &mut Work, change: StatusChange) -> Result<Refusals> {
    let (user, now) = (work.user, work.now);
    let entitlements = plan::entitlements(work, user).await?;
    let zone = plan::zone(work, user).await?;
    let mut wrong = Refusals(vec![Refusal::UnknownStatus]);
    if let Some(publish_at) = change.publish_at {
        wrong.keep(publish_at.resolve(zone, now))?;
    }
    if let Some(wanted) = change.audience {
        wrong.keep(require_audience(work, None, &wanted, &entitlements).await)?;
    }
    match change.content {
        Some(ContentChange::Replaced(content)) => {
            wrong.keep(take(work, None, content, &entitlements).await)?;
        }
        Some(ContentChange::Caption(caption)) => {
            wrong.keep(Content::caption(Some(caption)).map_err(Refusal::Caption))?;
        }
        None => {}
    }
    Ok(wrong)
}

fn opened(rows: Vec<StatusRow>, key: &DataKey) -> std::result::Result<Vec<PlannedStatus>, CryptoError> {
    rows.into_iter().map(|row| row.open(key)).collect()
}

fn emit_changed(work: &mut Work, status: &PlannedStatus) {
    work.emit(EventKind::ScheduledStatusChanged, Some(status.account), status.id);
}

/// The user's status.
async fn find(work: &mut Work, id: ScheduledStatusId) -> Result<Option<PlannedStatus>> {
    let rows = statuses::load(work, &[id]).await?;
    Ok(opened(rows, &work.key)?.pop())
}

async fn lock(work: &mut Work, id: ScheduledStatusId) -> Result<PlannedStatus> {
    let row = statuses::lock(work, id).await?;
    Ok(row.ok_or(Refusal::UnknownStatus)?.open(&work.key)?)
}

/// Loads and locks a status that waits for its time; none when there is no such status. The publication job waits for the
/// lock, and then sees the change.
async fn lock_scheduled(work: &mut Work, id: Option<ScheduledStatusId>) -> Result<Option<PlannedStatus>> {
    let Some(id) = id else { return Ok(None) };
    let Some(row) = statuses::lock(work, id).await? else {
        return Ok(None);
    };
    let status = row.open(&work.key)?;
    if status.state == State::Scheduled {
        Ok(Some(status))
    } else {
        Err(Refusal::NotWaiting(status.state).into())
    }
}
