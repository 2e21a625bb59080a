//! Requests of users about statuses and auto-like, each in one unit of work.

use super::auto_like::{AutoLike, MAX_CONTACTS, SkipReason};
use super::change::AutoLikeChange;
use super::error::{Refusal, StatusesError};
use super::events;
use super::model::{Like, StatusRecord};
use super::preview::{self, Previewed};
use super::store::likes::LikeQuery;
use super::store::statuses::StatusQuery;
use super::store::{VIEWERS, likes, settings, statuses};
use crate::account::{self, AccountRef};
use crate::contacts;
use crate::features::statuses::StatusId;
use crate::features::{Parts, StatusView};
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
    /// [`StatusesError`]; [`StatusesError::Refused`] says what the user must correct.
    pub async fn update_auto_like(
        &self,
        account: AccountRef,
        change: AutoLikeChange,
    ) -> Result<AutoLike, StatusesError> {
        let mut work = self.core.begin(account.user).await?;
        require_account(&mut work, account).await?;
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
    /// As [`Self::update_auto_like`].
    pub async fn preview_auto_like(
        &self,
        account: AccountRef,
        change: AutoLikeChange,
    ) -> Result<Vec<Previewed>, StatusesError> {
        self.core
            .read(account.user, async |work| {
                require_account(work, account).await?;
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

    /// Lists a page of the viewers of a status of the owner's, newest first.
    ///
    /// # Errors
    /// [`StatusesError::Work`].
    pub async fn viewers(
        &self,
        user: UserId,
        id: StatusId,
        page: Page,
    ) -> Result<Vec<StatusView>, StatusesError> {
        self.core
            .read(user, async |work| Ok(VIEWERS.list(work, id.into(), page).await?))
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

async fn require_account(work: &mut Work, account: AccountRef) -> Result<(), StatusesError> {
    if account::exists(work, account.id).await? {
        Ok(())
    } else {
        Err(Refusal::UnknownAccount.into())
    }
}

/// Returns the settings after a change, if its values, the plan and the account's contacts allow it.
async fn changed(
    work: &mut Work,
    account: AccountRef,
    mut before: AutoLike,
    mut change: AutoLikeChange,
) -> Result<AutoLike, StatusesError> {
    if change.contact_emojis.len() > MAX_CONTACTS {
        return Err(Refusal::TooManyEmojis(change.contact_emojis.len()).into());
    }
    let entitlements = plan::entitlements(work, account.user).await?;
    name_persons(work, &mut before, &mut change).await?;
    let after = change.apply(before, &entitlements)?;
    require_contacts(work, account, &after.contacts, Refusal::UnknownContact).await?;
    let with_emoji: Vec<ContactId> = after.contact_emojis.iter().map(|one| one.contact).collect();
    require_contacts(work, account, &with_emoji, Refusal::UnknownEmojiContact).await?;
    Ok(after)
}

/// Replaces the contacts that have an emoji of their own by their main contact rows, which are the ones that clients
/// see.
async fn name_persons(
    work: &mut Work,
    before: &mut AutoLike,
    change: &mut AutoLikeChange,
) -> Result<(), StatusesError> {
    let kept = before.contact_emojis.iter().map(|one| one.contact);
    let named: Vec<ContactId> = kept
        .chain(change.contact_emojis.iter().map(|one| one.0))
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
        .for_each(|one| person(&mut one.0));
    Ok(())
}

async fn require_contacts(
    work: &mut Work,
    account: AccountRef,
    ids: &[ContactId],
    otherwise: Refusal,
) -> Result<(), StatusesError> {
    if contacts::are_known(work, account.id, ids).await? {
        Ok(())
    } else {
        Err(otherwise.into())
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
