//! Operations of users on automatic replies, each in one unit of work.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::change::{AutoReplyChange, ChangeContext};
use super::error::{AutoReplyError, Refusal};
use super::model::Reply;
use super::outcomes::cancel;
use super::preview::{self, PreviewedReply};
use super::rule::SkipReason;
use super::settings::{AutoReplyMode, ReplySettings};
use super::store::replies::{ReplyQuery, ReplyRow};
use super::store::statistics::{self, ReplyStatistics};
use super::store::{queued, replies, settings};
use crate::account::{self, AccountRef};
use crate::contacts;
use crate::crypto::{CryptoError, DataKey};
use crate::features::Parts;
use crate::graphql::Page;
use crate::hub::EventKind;
use crate::id::{AccountId, UserId};
use crate::plan;
use crate::work::{Core, Work};

/// Maximum period that is counted at once.
pub(super) const MAX_PERIOD: TimeDelta = TimeDelta::days(366);

/// Automatic replies and their settings.
#[derive(Debug, Clone)]
pub struct AutoReplyService {
    core: Core,
}

impl From<&Parts> for AutoReplyService {
    fn from(parts: &Parts) -> Self {
        Self::new(parts.core.clone())
    }
}

impl AutoReplyService {
    /// Creates a service on `core`.
    pub const fn new(core: Core) -> Self {
        Self { core }
    }

    /// Loads the settings of the user's accounts; an account whose settings were never changed is left out.
    ///
    /// # Errors
    /// [`AutoReplyError::Work`] or [`AutoReplyError::Crypto`].
    pub async fn settings(
        &self,
        user: UserId,
        accounts: &[AccountId],
    ) -> Result<HashMap<AccountId, ReplySettings>, AutoReplyError> {
        self.core
            .read(user, async |work| settings::load_many(work, accounts).await)
            .await
    }

    /// Changes the settings of an account, whole or not at all. Turning auto-reply off cancels the queued replies.
    ///
    /// # Errors
    /// [`AutoReplyError`]; [`AutoReplyError::Refused`] says everything that the client can correct.
    pub async fn update_settings(
        &self,
        account: AccountRef,
        change: AutoReplyChange,
    ) -> Result<ReplySettings, AutoReplyError> {
        let mut work = self.core.begin(account.user).await?;
        if !account::exists(&mut work, account.id).await? {
            let mut refusals = vec![Refusal::UnknownAccount];
            refusals.extend(mistakes_elsewhere(&mut work, change).await?);
            return Err(AutoReplyError::Refused(refusals));
        }
        let before = settings::lock(&mut work, account).await?;
        let after = changed(&mut work, account, before, change).await?;
        settings::save(&mut work, account.id, &after).await?;
        work.emit(EventKind::AccountChanged, Some(account.id), account.id);
        work.commit().await?;
        if after.mode == AutoReplyMode::Off {
            self.cancel(account).await?;
        }
        Ok(after)
    }

    /// Returns every mistake of a change for an account that cannot be named, apart from contacts that are not the
    /// account's.
    ///
    /// # Errors
    /// [`AutoReplyError::Work`].
    pub async fn mistakes(
        &self,
        user: UserId,
        change: AutoReplyChange,
    ) -> Result<Vec<Refusal>, AutoReplyError> {
        self.core
            .read(user, async |work| mistakes_elsewhere(work, change).await)
            .await
    }

    /// Cancels the queued replies in a unit of work of its own: a sender locks the outbox before it asks for the
    /// settings, so the two locks are never held together here.
    async fn cancel(&self, account: AccountRef) -> Result<(), AutoReplyError> {
        let mut work = self.core.begin(account.user).await?;
        let waiting = queued::list(&mut work, account.id).await?;
        cancel(&mut work, account, waiting, SkipReason::TurnedOff).await?;
        work.commit().await?;
        Ok(())
    }

    /// Previews changed settings on the messages of the last day, newest first. Changes nothing.
    ///
    /// # Errors
    /// As [`Self::update_settings`].
    pub async fn preview(
        &self,
        account: AccountRef,
        change: AutoReplyChange,
    ) -> Result<Vec<PreviewedReply>, AutoReplyError> {
        self.core
            .read(account.user, async |work| {
                let before = settings::load(work, account.id).await?;
                let after = changed(work, account, before, change).await?;
                preview::preview_last_day(work, account, &after).await
            })
            .await
    }

    /// A page of the user's replies, newest first.
    ///
    /// # Errors
    /// [`AutoReplyError::Work`] or [`AutoReplyError::Crypto`].
    pub async fn replies(
        &self,
        user: UserId,
        page: Page,
        mut query: ReplyQuery,
    ) -> Result<Vec<Reply>, AutoReplyError> {
        self.core
            .read(user, async |work| {
                if let Some(named) = query.contacts {
                    query.contacts = Some(contacts::rows_of(work, &named).await?);
                }
                let rows = replies::list(work, user, page, &query).await?;
                Ok(opened(rows, &work.key)?)
            })
            .await
    }

    /// The number of the user's replies, up to the most that a list counts.
    ///
    /// # Errors
    /// [`AutoReplyError::Work`].
    pub async fn count_replies(&self, user: UserId, mut query: ReplyQuery) -> Result<i64, AutoReplyError> {
        self.core
            .read(user, async |work| {
                if let Some(named) = query.contacts {
                    query.contacts = Some(contacts::rows_of(work, &named).await?);
                }
                Ok(replies::count(work, user, &query).await?)
            })
            .await
    }

    /// Counts the replies of an account from `from` until before `to`.
    ///
    /// # Errors
    /// [`AutoReplyError::Span`] or [`AutoReplyError::Work`].
    pub async fn statistics(
        &self,
        account: AccountRef,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<ReplyStatistics, AutoReplyError> {
        if to <= from || to - from > MAX_PERIOD {
            return Err(AutoReplyError::Span);
        }
        self.core
            .read(account.user, async |work| {
                let zone = plan::zone(work, account.user).await?;
                Ok(statistics::count(work, account.id, from, to, zone).await?)
            })
            .await
    }

    /// The core of the service.
    pub const fn core(&self) -> &Core {
        &self.core
    }
}

/// Returns the settings after a change, if the values, the plan and the account's contacts allow it.
async fn changed(
    work: &mut Work,
    account: AccountRef,
    before: ReplySettings,
    change: AutoReplyChange,
) -> Result<ReplySettings, AutoReplyError> {
    let entitlements = plan::entitlements(work, account.user).await?;
    let known = contacts::known_among(work, account.id, &change.named()).await?;
    let context = ChangeContext {
        entitlements: &entitlements,
        known: &known,
        now: work.now,
    };
    change.apply(before, context).map_err(AutoReplyError::Refused)
}

/// Returns the mistakes of a change for an account that does not exist. Every contact counts as the account's.
async fn mistakes_elsewhere(
    work: &mut Work,
    change: AutoReplyChange,
) -> Result<Vec<Refusal>, AutoReplyError> {
    let user = work.user;
    let entitlements = plan::entitlements(work, user).await?;
    let known = change.named().into_iter().collect();
    let context = ChangeContext {
        entitlements: &entitlements,
        known: &known,
        now: work.now,
    };
    let applied = change.apply(ReplySettings::initial(), context);
    Ok(applied.err().unwrap_or_default())
}

fn opened(rows: Vec<ReplyRow>, key: &DataKey) -> Result<Vec<Reply>, CryptoError> {
    rows.into_iter().map(|row| row.open(key)).collect()
}
