//! What users do with statuses and auto-like, each in one unit of work.

use std::collections::BTreeSet;

use thiserror::Error;

use super::auto_like::{AutoLike, Emoji, MOST_CONTACTS, QuietHours, RATES};
use super::model::{Like, Posted};
use super::store::likes::LikeQuery;
use super::store::statuses::{StatusQuery, StatusRow};
use super::store::{likes, settings, statuses};
use crate::contacts::{self, AccountRef};
use crate::crypto::{CryptoError, DataKey};
use crate::features::graph::ContactScope;
use crate::graphql::Page;
use crate::hub::EventKind;
use crate::id::{ContactId, StatusId, StatusLikeId, UserId};
use crate::plan::{self, Entitlements};
use crate::work::{Core, Work, WorkError};

/// Why something was not done.
#[derive(Debug, Error)]
pub enum StatusesError {
    /// The database or the user's key failed.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// What is kept of a status does not open.
    #[error("a kept status cannot be read")]
    Crypto(#[from] CryptoError),
    /// The user asked for what cannot be.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl From<diesel::result::Error> for StatusesError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}

/// Why new settings were not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The account is not the user's.
    #[error("there is no such account")]
    UnknownAccount,
    /// A contact of the list is not the account's.
    #[error("a contact of the list is not known to this account")]
    UnknownContact,
    /// Not one emoji.
    #[error("'{0}' is not one emoji; pass exactly one, such as 💚")]
    NotAnEmoji(String),
    /// Too few or too many likes an hour.
    #[error("maxPerHour is {0}; pass {min} to {max}", min = RATES.start(), max = RATES.end())]
    Rate(i32),
    /// The list is too long.
    #[error("the list names {0} contacts; pass at most {MOST_CONTACTS}")]
    TooManyContacts(usize),
    /// The plan has no lists.
    #[error("lists of contacts need the Premium plan")]
    NoLists,
    /// The plan has no quiet hours.
    #[error("quiet hours need the Premium plan")]
    NoQuietHours,
}

/// What to change of an account's settings; none leaves as it is.
#[derive(Debug, Clone, Default)]
pub struct AutoLikeChange {
    /// Like statuses.
    pub is_enabled: Option<bool>,
    /// With this, which must be one emoji.
    pub emoji: Option<String>,
    /// Whose.
    pub scope: Option<ContactScope>,
    /// Whom the scope names.
    pub contacts: Option<Vec<ContactId>>,
    /// Not those of muted contacts.
    pub skips_muted: Option<bool>,
    /// How many an hour at most.
    pub max_per_hour: Option<i32>,
    /// When none are; the inner none means never.
    pub quiet_hours: Option<Option<QuietHours>>,
}

/// Statuses, likes and their settings.
#[derive(Debug, Clone)]
pub struct StatusesService {
    core: Core,
}

impl StatusesService {
    /// A service on `core`.
    pub const fn new(core: Core) -> Self {
        Self { core }
    }

    /// What an account of the user's does with new statuses.
    ///
    /// # Errors
    /// [`StatusesError::Work`].
    pub async fn auto_like(&self, account: AccountRef) -> Result<AutoLike, StatusesError> {
        let mut work = self.core.begin(account.user).await?;
        let found = settings::load(&mut work, account.id).await?;
        work.commit().await?;
        Ok(found)
    }

    /// Changes the settings of an account, whole or not at all.
    ///
    /// # Errors
    /// [`StatusesError`]; [`StatusesError::Refused`] says what the user must mend.
    pub async fn update_auto_like(
        &self,
        account: AccountRef,
        change: AutoLikeChange,
    ) -> Result<AutoLike, StatusesError> {
        let mut work = self.core.begin(account.user).await?;
        if !settings::has_account(&mut work, account.id).await? {
            return Err(Refusal::UnknownAccount.into());
        }
        let entitlements = plan::entitlements(&mut work, account.user).await?;
        let before = settings::lock(&mut work, account).await?;
        let after = applied(before, change, &entitlements)?;
        let known = settings::count_contacts(&mut work, account.id, &after.contacts).await?;
        if usize::try_from(known) != Ok(after.contacts.len()) {
            return Err(Refusal::UnknownContact.into());
        }
        settings::save(&mut work, account.id, &after).await?;
        work.emit(EventKind::AccountChanged, Some(account.id), account.id);
        work.commit().await?;
        Ok(after)
    }

    /// A page of the user's statuses, newest first.
    ///
    /// # Errors
    /// [`StatusesError::Work`] or [`StatusesError::Crypto`].
    pub async fn statuses(
        &self,
        user: UserId,
        page: Page,
        mut query: StatusQuery,
    ) -> Result<Vec<Posted>, StatusesError> {
        let mut work = self.core.begin(user).await?;
        query.authors = people(&mut work, query.authors).await?;
        let rows = statuses::list(&mut work, user, page, &query).await?;
        let found = opened(rows, &work.key)?;
        work.commit().await?;
        Ok(found)
    }

    /// A page of the user's likes, newest first.
    ///
    /// # Errors
    /// [`StatusesError::Work`].
    pub async fn likes(
        &self,
        user: UserId,
        page: Page,
        mut query: LikeQuery,
    ) -> Result<Vec<Like>, StatusesError> {
        let mut work = self.core.begin(user).await?;
        query.authors = people(&mut work, query.authors).await?;
        let found = likes::list(&mut work, user, page, &query).await?;
        work.commit().await?;
        Ok(found)
    }

    /// The user's statuses among `ids`.
    ///
    /// # Errors
    /// [`StatusesError::Work`] or [`StatusesError::Crypto`].
    pub async fn load_statuses(&self, user: UserId, ids: &[StatusId]) -> Result<Vec<Posted>, StatusesError> {
        let mut work = self.core.begin(user).await?;
        let rows = statuses::load(&mut work, ids).await?;
        let found = opened(rows, &work.key)?;
        work.commit().await?;
        Ok(found)
    }

    /// The user's likes among `ids`.
    ///
    /// # Errors
    /// [`StatusesError::Work`].
    pub async fn load_likes(&self, user: UserId, ids: &[StatusLikeId]) -> Result<Vec<Like>, StatusesError> {
        let mut work = self.core.begin(user).await?;
        let found = likes::load(&mut work, ids).await?;
        work.commit().await?;
        Ok(found)
    }

    /// The likes of `statuses`, at most one each.
    ///
    /// # Errors
    /// [`StatusesError::Work`].
    pub async fn load_likes_of(
        &self,
        user: UserId,
        statuses: &[StatusId],
    ) -> Result<Vec<Like>, StatusesError> {
        let mut work = self.core.begin(user).await?;
        let found = likes::load_of(&mut work, statuses).await?;
        work.commit().await?;
        Ok(found)
    }

    /// The services underneath.
    pub const fn core(&self) -> &Core {
        &self.core
    }
}

async fn people(
    work: &mut Work,
    contacts: Option<Vec<ContactId>>,
) -> Result<Option<Vec<ContactId>>, StatusesError> {
    match contacts {
        Some(named) => Ok(Some(contacts::rows_of(work, &named).await?)),
        None => Ok(None),
    }
}

fn opened(rows: Vec<StatusRow>, key: &DataKey) -> Result<Vec<Posted>, CryptoError> {
    rows.into_iter().map(|row| row.open(key)).collect()
}

/// The settings after a change, if the values and the plan allow it. What the plan no longer includes may stay as it
/// was, and be switched off.
fn applied(
    mut settings: AutoLike,
    change: AutoLikeChange,
    entitlements: &Entitlements,
) -> Result<AutoLike, Refusal> {
    if let Some(text) = change.emoji {
        settings.emoji =
            Emoji::parse(&text).ok_or_else(|| Refusal::NotAnEmoji(text.chars().take(32).collect()))?;
    }
    if let Some(rate) = change.max_per_hour {
        if !RATES.contains(&rate) {
            return Err(Refusal::Rate(rate));
        }
        settings.max_per_hour = rate;
    }
    let names_some = change.scope.is_some_and(|scope| scope != ContactScope::All)
        || change.contacts.as_ref().is_some_and(|listed| !listed.is_empty());
    if names_some && !entitlements.has_auto_like_lists {
        return Err(Refusal::NoLists);
    }
    if let Some(listed) = change.contacts {
        let unique: BTreeSet<ContactId> = listed.into_iter().collect();
        if unique.len() > MOST_CONTACTS {
            return Err(Refusal::TooManyContacts(unique.len()));
        }
        settings.contacts = unique.into_iter().collect();
    }
    if let Some(hours) = change.quiet_hours {
        if hours.is_some() && !entitlements.has_quiet_hours {
            return Err(Refusal::NoQuietHours);
        }
        settings.quiet_hours = hours;
    }
    settings.scope = change.scope.unwrap_or(settings.scope);
    settings.is_enabled = change.is_enabled.unwrap_or(settings.is_enabled);
    settings.skips_muted = change.skips_muted.unwrap_or(settings.skips_muted);
    Ok(settings)
}
