//! Requests of users about statuses and auto-like, each in one unit of work.

use super::auto_like::{AutoLike, SkipReason};
use super::change::{AutoLikeChange, ChangeContext};
use super::error::{Refusal, StatusesError};
use super::events;
use super::model::{Like, StatusRecord};
use super::preview::{self, Previewed};
use super::store::likes::LikeQuery;
use super::store::statuses::StatusQuery;
use super::store::{likes, settings, statuses};
use crate::account::{self, AccountRef};
use crate::contacts;
use crate::features::Parts;
use crate::features::statuses::StatusId;
use crate::graphql::Page;
use crate::hub::EventKind;
use crate::id::{ContactId, UserId};
use crate::media;
use crate::plan;
use crate::work::{Core, Work};

/// Service for statuses, likes and the settings of auto-like.
#[derive(Debug, Clone)]
pub struct StatusesService {
    core: Core,
}

impl From<&Parts> for StatusesService {
    fn from(parts: &Parts) -> Self {
        Self::new(parts.core.clone())
    }
}

impl StatusesService {
    /// Creates the service.
    pub const fn new(core: Core) -> Self {
        Self { core }
    }

    /// Changes the settings of an account, completely or not at all. When auto-like is turned off, the waiting likes
    /// are cancelled.
    ///
    /// # Errors
    /// [`StatusesError`]; [`StatusesError::Refused`] says everything that the user must correct.
    pub async fn update_settings(
        &self,
        account: AccountRef,
        change: AutoLikeChange,
    ) -> Result<AutoLike, StatusesError> {
        let mut work = self.core.begin(account.user).await?;
        if !account::exists(&mut work, account.id).await? {
            let mut refusals = vec![Refusal::UnknownAccount];
            refusals.extend(mistakes_elsewhere(&mut work, change).await?);
            return Err(StatusesError::Refused(refusals));
        }
        let before = settings::lock(&mut work, account).await?;
        let after = changed(&mut work, account, before, change).await?;
        settings::save(&mut work, account.id, &after).await?;
        work.emit(EventKind::AccountChanged, Some(account.id), account.id);
        work.commit().await?;
        if !after.is_enabled {
            self.cancel_likes(account).await?;
        }
        Ok(after)
    }

    /// Returns every mistake of a change for an account that cannot be named, apart from contacts that are not the
    /// account's.
    ///
    /// # Errors
    /// [`StatusesError::Work`].
    pub async fn mistakes(
        &self,
        user: UserId,
        change: AutoLikeChange,
    ) -> Result<Vec<Refusal>, StatusesError> {
        self.core
            .read(user, async |work| mistakes_elsewhere(work, change).await)
            .await
    }

    /// Cancels the waiting likes in a unit of work of its own: the sender locks the outbox before the settings, so
    /// locking them in the other order could deadlock.
    async fn cancel_likes(&self, account: AccountRef) -> Result<(), StatusesError> {
        let mut work = self.core.begin(account.user).await?;
        let queued = likes::queued_of(&mut work, account.id).await?;
        events::cancel_likes(&mut work, account, queued, SkipReason::TurnedOff).await?;
        work.commit().await?;
        Ok(())
    }

    /// Previews a change of auto-like on the statuses of the last day, the newest first. Changes nothing.
    ///
    /// # Errors
    /// As [`Self::update_settings`].
    pub async fn preview(
        &self,
        account: AccountRef,
        change: AutoLikeChange,
    ) -> Result<Vec<Previewed>, StatusesError> {
        self.core
            .read(account.user, async |work| {
                let before = settings::load(work, account.id).await?;
                let after = changed(work, account, before, change).await?;
                preview::preview_last_day(work, account, &after).await
            })
            .await
    }

    /// Lists a page of the user's statuses, newest first.
    ///
    /// # Errors
    /// [`StatusesError::Work`] or [`StatusesError::Crypto`].
    pub async fn statuses(
        &self,
        user: UserId,
        page: Page,
        mut query: StatusQuery,
    ) -> Result<Vec<StatusRecord>, StatusesError> {
        self.core
            .read(user, async |work| {
                query.authors = people(work, query.authors.take()).await?;
                let rows = statuses::list(work, user, page, &query).await?;
                Ok(statuses::open_all(rows, &work.key)?)
            })
            .await
    }

    /// Counts the user's statuses, up to the most that a list counts.
    ///
    /// # Errors
    /// [`StatusesError::Work`].
    pub async fn count_statuses(&self, user: UserId, mut query: StatusQuery) -> Result<i64, StatusesError> {
        self.core
            .read(user, async |work| {
                query.authors = people(work, query.authors.take()).await?;
                Ok(statuses::count(work, user, &query).await?)
            })
            .await
    }

    /// Lists a page of the user's likes, newest first.
    ///
    /// # Errors
    /// [`StatusesError::Work`].
    pub async fn likes(
        &self,
        user: UserId,
        page: Page,
        mut query: LikeQuery,
    ) -> Result<Vec<Like>, StatusesError> {
        self.core
            .read(user, async |work| {
                query.authors = people(work, query.authors.take()).await?;
                Ok(likes::list(work, user, page, &query).await?)
            })
            .await
    }

    /// Counts the user's likes, up to the most that a list counts.
    ///
    /// # Errors
    /// [`StatusesError::Work`].
    pub async fn count_likes(&self, user: UserId, mut query: LikeQuery) -> Result<i64, StatusesError> {
        self.core
            .read(user, async |work| {
                query.authors = people(work, query.authors.take()).await?;
                Ok(likes::count(work, user, &query).await?)
            })
            .await
    }

    /// Queues the fetching of a status's picture, video or sound from WhatsApp, unless it is stored already; also after
    /// an earlier attempt failed. A `STATUS_MEDIA_CHANGED` event announces the result.
    ///
    /// # Errors
    /// [`StatusesError`]; [`Refusal::UnknownStatus`] and [`Refusal::NoMedia`] among them.
    pub async fn fetch_media(&self, user: UserId, id: StatusId) -> Result<StatusRecord, StatusesError> {
        let mut work = self.core.begin(user).await?;
        let rows = statuses::load(&mut work, &[id]).await?;
        let found = statuses::open_all(rows, &work.key)?
            .pop()
            .ok_or(Refusal::UnknownStatus)?;
        let media = found.media.ok_or(Refusal::NoMedia)?;
        let account = AccountRef {
            id: found.account,
            user,
        };
        media::fetch_later(&mut work, account, media).await?;
        work.commit().await?;
        Ok(found)
    }
}

/// Returns the settings after a change, if its values, the plan and the account's contacts allow it.
async fn changed(
    work: &mut Work,
    account: AccountRef,
    mut before: AutoLike,
    mut change: AutoLikeChange,
) -> Result<AutoLike, StatusesError> {
    let entitlements = plan::entitlements(work, account.user).await?;
    name_persons(work, &mut before, &mut change).await?;
    let known = contacts::known_among(work, account.id, &change.named()).await?;
    let context = ChangeContext {
        entitlements: &entitlements,
        known: &known,
    };
    change.apply(before, context).map_err(StatusesError::Refused)
}

/// Returns the mistakes of a change for an account that does not exist. Every contact counts as the account's.
async fn mistakes_elsewhere(work: &mut Work, change: AutoLikeChange) -> Result<Vec<Refusal>, StatusesError> {
    let user = work.user;
    let entitlements = plan::entitlements(work, user).await?;
    let known = change.named().into_iter().collect();
    let context = ChangeContext {
        entitlements: &entitlements,
        known: &known,
    };
    Ok(change
        .apply(AutoLike::untouched(), context)
        .err()
        .unwrap_or_default())
}

/// Replaces the contacts that have an emoji of their own by their main contact rows, which are the ones that clients
/// see.
async fn name_persons(
    work: &mut Work,
    before: &mut AutoLike,
    change: &mut AutoLikeChange,
) -> Result<(), StatusesError> {
    let kept = before.contact_emojis.iter().map(|one| one.contact);
    let changed = change.contact_emojis.iter();
    let named: Vec<ContactId> = kept
        .chain(changed.filter_map(|one| one.contact.as_ref().ok().copied()))
        .collect();
    let persons = contacts::persons(work, &named).await?;
    let person = |id: &mut ContactId| *id = persons.get(id).copied().unwrap_or(*id);
    before
        .contact_emojis
        .iter_mut()
        .for_each(|one| person(&mut one.contact));
    change
        .contact_emojis
        .iter_mut()
        .filter_map(|one| one.contact.as_mut().ok())
        .for_each(person);
    Ok(())
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
