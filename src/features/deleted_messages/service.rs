//! Requests of users about deleted messages, each in one unit of work, and the release of held messages.

use super::error::DeletedMessagesError;
use super::list::DeletedQuery;
use super::model::DeletedRecord;
use super::search::DeletedList;
use super::store;
use crate::account::{self, AccountRef};
use crate::contacts::{self, ChatKind};
use crate::features::deleted_messages::DeletedMessageId;
use crate::features::{self, Parts, SearchBackwards};
use crate::graphql::RankedPage;
use crate::hub::EventKind;
use crate::id::UserId;
use crate::media;
use crate::messages::search::Search;
use crate::messages::{self, Holding, MediaBackup};
use crate::work::{Core, WorkError};

/// Maximum number of held messages that are released in one transaction.
const RELEASE_BATCH_SIZE: i64 = 500;

/// Change of the settings for holding messages. A field that is `None` leaves its setting unchanged.
#[derive(Debug, Clone, Copy, Default)]
pub struct SettingsChange {
    /// True to hold messages.
    pub is_enabled: Option<bool>,
    /// True to hold messages of groups too.
    pub includes_groups: Option<bool>,
    /// Time at which media is fetched.
    pub media_backup: Option<MediaBackup>,
}

/// Service for deleted messages and the settings for holding messages.
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
    /// Creates the service.
    pub const fn new(core: Core) -> Self {
        Self { core }
    }

    /// Changes the settings of an account. Messages that are no longer to be held are released soon after.
    ///
    /// # Errors
    /// [`DeletedMessagesError::UnknownAccount`] or [`DeletedMessagesError::Work`].
    pub async fn update(
        &self,
        account: AccountRef,
        change: SettingsChange,
    ) -> Result<(), DeletedMessagesError> {
        let mut work = self.core.begin(account.user).await?;
        // Waits for a message that is being recorded under the old settings, so that it is released as well.
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
        work.emit(EventKind::AccountChanged, Some(account.id), account.id);
        work.commit().await?;
        Ok(())
    }

    /// Lists a page of the user's deleted messages, the latest deletion first; with a search, the better match before the
    /// worse. With the number of all when `counts`, except for a search.
    ///
    /// # Errors
    /// [`DeletedMessagesError`].
    pub async fn list(
        &self,
        user: UserId,
        page: RankedPage,
        mut query: DeletedQuery,
        counts: bool,
    ) -> Result<(Vec<DeletedRecord>, Option<i64>), DeletedMessagesError> {
        let search = Search::parse(query.messages.search.as_deref())?;
        SearchBackwards::refuse(page, &search)?;
        self.core
            .read(user, async |work| {
                if let Some(named) = &query.messages.senders {
                    query.messages.senders = Some(contacts::rows_of(work, named).await?);
                }
                let list = DeletedList { query };
                Ok(features::find_page(work, &list, page, &search, counts).await?)
            })
            .await
    }

    /// Queues another attempt to fetch the picture, video, sound or file of a deleted message. A `DELETED_MESSAGE_CHANGED`
    /// event announces the result.
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

    /// Releases every held message whose window has ended, of all users, in small transactions. Returns the number of
    /// released messages.
    ///
    /// # Errors
    /// [`DeletedMessagesError::Work`]; then nothing was released. The failure of one user is logged and does not affect
    /// the others.
    pub async fn release_due(&self) -> Result<usize, DeletedMessagesError> {
        let mut tx = self.core.db.begin_without_user().await.map_err(WorkError::from)?;
        let users = messages::users_with_due(&mut tx, self.core.clock.now()).await?;
        tx.commit().await.map_err(WorkError::from)?;
        let mut count = 0;
        for user in users {
            count += self.release_of(user).await;
        }
        Ok(count)
    }

    /// Releases the user's due messages. Messages that are locked or fail stay due for the next run.
    async fn release_of(&self, user: UserId) -> usize {
        let mut count = 0;
        loop {
            match self.release_batch(user).await {
                Ok(0) => return count,
                Ok(released) => count += released,
                // The failure of one user must not stop the others.
                Err(error) => {
                    tracing::warn!(user.id = %user, "the held messages of user {user} cannot be released now: {}", crate::telemetry::chain(&error));
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
