//! What users do with automatic answers, each in one unit of work.

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

/// Why something was not done.
#[derive(Debug, Error)]
pub enum AutoReplyError {
    /// The database or the user's key failed.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// What is kept of an answer does not open.
    #[error("a kept answer cannot be read")]
    Crypto(#[from] CryptoError),
    /// The user asked for what cannot be.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A time to count over that ends before it begins, or is too long.
    #[error("pass a `to` after `from`, at most {days} days later", days = LONGEST.num_days())]
    Span,
}

impl From<diesel::result::Error> for AutoReplyError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}

/// Automatic answers and their settings.
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
    /// A service on `core`.
    pub const fn new(core: Core) -> Self {
        Self { core }
    }

    /// What accounts of the user's answer; one whose owner said nothing yet is left out.
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

    /// Changes the settings of an account, whole or not at all. Turned off, it takes back the answers that wait.
    ///
    /// # Errors
    /// [`AutoReplyError`]; [`AutoReplyError::Refused`] says what the user must mend.
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

    /// Takes back what waits, in a unit of work of its own: whoever sends holds on to the outbox while it asks for the
    /// settings.
    async fn take_back(&self, account: AccountRef) -> Result<(), AutoReplyError> {
        let mut work = self.core.begin(account.user).await?;
        let waiting = replies::waiting(&mut work, account.id).await?;
        take_back(&mut work, account, waiting, SkipReason::TurnedOff).await?;
        work.commit().await?;
        Ok(())
    }

    /// What changed settings would have answered in the last day, the newest first. Changes nothing.
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

    /// A page of the user's answers, newest first.
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

    /// The user's answers among `ids`.
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

    /// How many messages an account of the user's answered from `from` until before `to`.
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

    /// The services underneath.
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

/// The settings after a change, if the values, the plan and the account's contacts allow it.
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
