//! What users do with deleted messages, each in one unit of work; and the letting go of held ones.

use super::error::DeletedMessagesError;
use super::model::DeletedRecord;
use super::store::{self, DeletedQuery};
use crate::account::{self, AccountRef};
use crate::contacts::{self, ChatKind};
use crate::features::Parts;
use crate::features::deleted_messages::DeletedMessageId;
use crate::graphql::Page;
use crate::hub::EventKind;
use crate::id::UserId;
use crate::media;
use crate::messages::search::Search;
use crate::messages::{self, Holding, MediaBackup};
use crate::plan;
use crate::work::{Core, WorkError};

/// How many messages are let go in one transaction.
const RELEASE_BATCH_SIZE: i64 = 500;

/// What to change of an account's settings; none leaves as it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct SettingsChange {
    /// Hold messages.
    pub is_enabled: Option<bool>,
    /// Those of groups too.
    pub includes_groups: Option<bool>,
    /// When media is fetched.
    pub media_backup: Option<MediaBackup>,
}

/// Deleted messages and their settings.
#[derive(Debug, Clone)]
pub struct DeletedMessagesService {
    core: Core,
}

impl From<&Parts> for DeletedMessagesService {
    fn from(parts: &Parts) -> Self {
        Self::new(parts.core.clone())
    }
}

impl DeletedMessagesService {
    /// A service on `core`.
    pub const fn new(core: Core) -> Self {
        Self { core }
    }

    /// What an account of the user's holds, and for how many days.
    ///
    /// # Errors
    /// [`DeletedMessagesError::Work`].
    pub async fn settings(&self, account: AccountRef) -> Result<(Holding, i32), DeletedMessagesError> {
        self.core
            .read(account.user, async |work| {
                let settings = messages::load_holding(work, account.id).await?;
                let entitlements = plan::entitlements(work, account.user).await?;
                Ok((settings, entitlements.deleted_message_days))
            })
            .await
    }

    /// Changes what an account holds. What is no longer to be held is let go soon after.
    ///
    /// # Errors
    /// [`DeletedMessagesError::UnknownAccount`] or [`DeletedMessagesError::Work`].
    pub async fn update(
        &self,
        account: AccountRef,
        change: SettingsChange,
    ) -> Result<(Holding, i32), DeletedMessagesError> {
        let mut work = self.core.begin(account.user).await?;
        // What is being recorded now may have found that it is to be held: it is waited for, and let go as well.
        if !account::lock(&mut work, account.id).await? {
            return Err(DeletedMessagesError::UnknownAccount);
        }
        let before = messages::lock_holding(&mut work, account).await?;
        let after = Holding {
            is_enabled: change.is_enabled.unwrap_or(before.is_enabled),
            includes_groups: change.includes_groups.unwrap_or(before.includes_groups),
            media_backup: change.media_backup.unwrap_or(before.media_backup),
        };
        messages::save_holding(&mut work, account.id, after).await?;
        if !after.is_enabled {
            messages::release_now(&mut work, account.id, None).await?;
        } else if !after.includes_groups {
            messages::release_now(&mut work, account.id, Some(ChatKind::Group)).await?;
        }
        let days = plan::entitlements(&mut work, account.user)
            .await?
            .deleted_message_days;
        work.emit(EventKind::AccountChanged, Some(account.id), account.id);
        work.commit().await?;
        Ok((after, days))
    }

    /// A page of the user's deleted messages, the latest deletion first.
    ///
    /// # Errors
    /// [`DeletedMessagesError`].
    pub async fn list(
        &self,
        user: UserId,
        page: Page,
        mut query: DeletedQuery,
    ) -> Result<Vec<DeletedRecord>, DeletedMessagesError> {
        let search = Search::parse(query.search.take())?;
        self.core
            .read(user, async |work| {
                let Ok(terms) = search.terms(&work.key) else {
                    return Ok(Vec::new());
                };
                if let Some(named) = &query.senders {
                    query.senders = Some(contacts::rows_of(work, named).await?);
                }
                let rows = store::list(work, user, page, &query, terms).await?;
                let key = &work.key;
                Ok(rows
                    .into_iter()
                    .map(|row| row.open(key))
                    .collect::<Result<_, _>>()?)
            })
            .await
    }

    /// Has the picture, video, sound or file of a deleted message fetched once more that could not be had before.
    /// `MESSAGE_DELETED` tells what comes of it.
    ///
    /// # Errors
    /// [`DeletedMessagesError`]; [`UnknownMessage`](DeletedMessagesError::UnknownMessage) and
    /// [`NoMedia`](DeletedMessagesError::NoMedia) among them.
    pub async fn fetch_media(
        &self,
        user: UserId,
        id: DeletedMessageId,
    ) -> Result<DeletedRecord, DeletedMessagesError> {
        let mut work = self.core.begin(user).await?;
        let row = store::load(&mut work, &[id]).await?.pop();
        let found = row.ok_or(DeletedMessagesError::UnknownMessage)?.open(&work.key)?;
        let media = found.media.ok_or(DeletedMessagesError::NoMedia)?;
        let account = AccountRef {
            id: found.account,
            user,
        };
        media::fetch_later(&mut work, account, media).await?;
        work.commit().await?;
        Ok(found)
    }

    /// Lets go of every held message whose time has passed, of all users, in small transactions. Answers with how
    /// many there were.
    ///
    /// # Errors
    /// [`DeletedMessagesError::Work`]; then nothing was let go. What fails for one user is logged, and nothing to the
    /// others.
    pub async fn release_due(&self) -> Result<usize, DeletedMessagesError> {
        let mut tx = self.core.db.begin_for_nobody().await.map_err(WorkError::from)?;
        let users = messages::users_with_due(&mut tx, self.core.clock.now()).await?;
        tx.commit().await.map_err(WorkError::from)?;
        let mut count = 0;
        for user in users {
            count += self.release_of(user).await;
        }
        Ok(count)
    }

    /// Whatever is left of the user's is locked by somebody or could not be let go, and is due again next time.
    async fn release_of(&self, user: UserId) -> usize {
        let mut count = 0;
        loop {
            match self.release_batch(user).await {
                Ok(0) => return count,
                Ok(released) => count += released,
                // One user's trouble is not another's.
                Err(error) => {
                    tracing::warn!(user.id = %user, "what is held of user {user} cannot be let go now: {}", crate::telemetry::chain(&error));
                    return count;
                }
            }
        }
    }

    async fn release_batch(&self, user: UserId) -> Result<usize, DeletedMessagesError> {
        let mut work = self.core.begin(user).await?;
        let released = messages::release_due(&mut work, RELEASE_BATCH_SIZE).await?;
        let media: Vec<_> = released.iter().filter_map(|message| message.media).collect();
        media::forget_unnamed(&mut work, &media).await?;
        work.commit().await?;
        Ok(released.len())
    }
}
