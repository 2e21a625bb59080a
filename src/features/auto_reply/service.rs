//! Operations of users on automatic replies, each in one unit of work.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use thiserror::Error;

use super::change::{AutoReplyChange, Refusal};
use super::model::Reply;
use super::preview::{self, Previewed};
use super::rule::{AutoReplyMode, Settings, SkipReason};
use super::settle::take_back;
use super::statistics::{self, LONGEST, Statistics};
use super::store::replies::{ReplyQuery, ReplyRow};
use super::store::{replies, settings};
use crate::account::{self, AccountRef};
use crate::contacts;
use crate::crypto::{CryptoError, DataKey};
use crate::features::Parts;
use crate::features::auto_reply::AutoReplyId;
use crate::graphql::Page;
use crate::hub::EventKind;
use crate::id::{AccountId, UserId};
use crate::plan;
use crate::work::{Core, Work, WorkError};

/// Error of an operation on automatic replies.
#[derive(Debug, Error)]
pub enum AutoReplyError {
    /// The database or the user's key failed.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// A stored reply or message cannot be decrypted.
    #[error("a kept answer cannot be read")]
    Crypto(#[from] CryptoError),
    /// The request was refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The period of the statistics ends before it begins, or is too long.
    #[error("pass a `to` after `from`, at most {days} days later", days = LONGEST.num_days())]
    Span,
}

impl From<diesel::result::Error> for AutoReplyError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}

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
    ) -> Result<HashMap<AccountId, Settings>, AutoReplyError> {
        let mut work = self.core.begin(user).await?;
        let found = settings::load_many(&mut work, accounts).await?;
        work.commit().await?;
        Ok(found)
    }

    /// Changes the settings of an account, whole or not at all. Turning auto-reply off cancels the queued replies.
    ///
    /// # Errors
    /// [`AutoReplyError`]; [`AutoReplyError::Refused`] says what the client can correct.
    pub async fn update(
        &self,
        account: AccountRef,
        change: AutoReplyChange,
    ) -> Result<Settings, AutoReplyError> {
        let mut work = self.core.begin(account.user).await?;
        require_account(&mut work, account).await?;
        let before = settings::lock(&mut work, account).await?;
        let after = changed(&mut work, account, before, change).await?;
        settings::save(&mut work, account.id, &after).await?;
        work.emit(EventKind::AccountChanged, Some(account.id), account.id);
        work.commit().await?;
        if after.mode == AutoReplyMode::Off {
            self.take_back(account).await?;
        }
        Ok(after)
    }

    /// Cancels the queued replies in a unit of work of its own: a sender locks the outbox before it asks for the
    /// settings, so the two locks are never held together here.
    async fn take_back(&self, account: AccountRef) -> Result<(), AutoReplyError> {
        let mut work = self.core.begin(account.user).await?;
        let waiting = replies::waiting(&mut work, account.id).await?;
        take_back(&mut work, account, waiting, SkipReason::TurnedOff).await?;
        work.commit().await?;
        Ok(())
    }

    /// Previews changed settings on the messages of the last day, newest first. Changes nothing.
    ///
    /// # Errors
    /// As [`Self::update`].
    pub async fn preview(
        &self,
        account: AccountRef,
        change: AutoReplyChange,
    ) -> Result<Vec<Previewed>, AutoReplyError> {
        let mut work = self.core.begin(account.user).await?;
        require_account(&mut work, account).await?;
        let before = settings::load(&mut work, account.id).await?;
        let after = changed(&mut work, account, before, change).await?;
        let previewed = preview::look_back(&mut work, account, &after).await?;
        work.rollback().await?;
        Ok(previewed)
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
        let mut work = self.core.begin(user).await?;
        if let Some(named) = query.contacts {
            query.contacts = Some(contacts::rows_of(&mut work, &named).await?);
        }
        let rows = replies::list(&mut work, user, page, &query).await?;
        let found = opened(rows, &work.key)?;
        work.commit().await?;
        Ok(found)
    }

    /// The user's replies among `ids`.
    ///
    /// # Errors
    /// [`AutoReplyError::Work`] or [`AutoReplyError::Crypto`].
    pub async fn load(&self, user: UserId, ids: &[AutoReplyId]) -> Result<Vec<Reply>, AutoReplyError> {
        let mut work = self.core.begin(user).await?;
        let rows = replies::load(&mut work, ids).await?;
        let found = opened(rows, &work.key)?;
        work.commit().await?;
        Ok(found)
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
    ) -> Result<Statistics, AutoReplyError> {
        if to <= from || to - from > LONGEST {
            return Err(AutoReplyError::Span);
        }
        let mut work = self.core.begin(account.user).await?;
        let zone = plan::zone(&mut work, account.user).await?;
        let counted = statistics::count(&mut work, account.id, from, to, zone).await?;
        work.commit().await?;
        Ok(counted)
    }

    /// The core of the service.
    pub const fn core(&self) -> &Core {
        &self.core
    }
}

async fn require_account(work: &mut Work, account: AccountRef) -> Result<(), AutoReplyError> {
    if account::exists(work, account.id).await? {
        Ok(())
    } else {
        Err(Refusal::UnknownAccount.into())
    }
}

/// Returns the settings after a change, if the values, the plan and the account's contacts allow it.
async fn changed(
    work: &mut Work,
    account: AccountRef,
    before: Settings,
    change: AutoReplyChange,
) -> Result<Settings, AutoReplyError> {
    let entitlements = plan::entitlements(work, account.user).await?;
    let after = change.apply(before, &entitlements, work.now)?;
    if contacts::are_known(work, account.id, &after.contacts).await? {
        Ok(after)
    } else {
        Err(Refusal::UnknownContact.into())
    }
}

fn opened(rows: Vec<ReplyRow>, key: &DataKey) -> Result<Vec<Reply>, CryptoError> {
    rows.into_iter().map(|row| row.open(key)).collect()
}
