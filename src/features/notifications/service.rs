//! Operations of users on notifications, each in one unit of work.

use std::cmp::Reverse;
use std::collections::HashSet;

use chrono_tz::Tz;
use diesel::QueryResult;

use super::channel::{Channel, Switches};
use super::error::NotificationsError;
use super::mailing::UnsubscribePage;
use super::model::{Notice, StoredNotice};
use super::store::mails::{self, MailFailure};
use super::store::notices::{self, ShownQuery};
use super::store::{recipient, settings, template_data};
use crate::features::Parts;
use crate::graphql::{Page, PageCursor};
use crate::hub::EventKind;
use crate::id::{NotificationId, UserId};
use crate::notices::{Language, Locale, NoticeKind};
use crate::vault::VaultError;
use crate::work::{Core, Work, WorkError};

/// Maximum number of notifications marked as read by id at once.
pub(super) const MAX_MARKED: usize = 500;

/// Selection of notifications to mark as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// Notifications with these ids.
    Ids(Vec<NotificationId>),
    /// The one at the cursor, and all that are older, as far as the app shows them.
    Through(PageCursor),
}

impl Mark {
    /// The ids that it names; none when it is a place in the list.
    pub fn ids(&self) -> &[NotificationId] {
        match self {
            Self::Ids(ids) => ids,
            Self::Through(_) => &[],
        }
    }
}

/// Notifications that were marked as read.
#[derive(Debug, Clone, PartialEq)]
pub struct Marked {
    /// Number of those that were unread before.
    pub count: usize,
    /// Those that were unread before, the newest first, 500 at most.
    pub newest: Vec<Notice>,
}

/// Filter of notifications; a field of none filters nothing out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NotificationQuery {
    /// True for those that were marked as read, false for unread ones.
    pub is_read: Option<bool>,
    /// Kinds to include.
    pub kinds: Option<Vec<NoticeKind>>,
}

impl NotificationQuery {
    /// The same among the kinds that the app shows.
    fn among_shown(&self, switches: &Switches) -> ShownQuery {
        let mut kinds = switches.kinds(Channel::InApp);
        if let Some(wanted) = &self.kinds {
            kinds.retain(|kind| wanted.contains(kind));
        }
        ShownQuery {
            is_read: self.is_read,
            kinds,
        }
    }
}

/// Notification settings of a user, and the last failed mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Channels of each kind.
    pub switches: Switches,
    /// True when a push carries a notification's body.
    pub push_shows_details: bool,
    /// Failure of the last mail.
    pub mail_failure: Option<MailFailure>,
}

/// A change of the settings. What is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SettingsChange {
    /// Switches to set, in order.
    pub switches: Vec<(NoticeKind, Channel, bool)>,
    /// True when a push carries a notification's body.
    pub push_shows_details: Option<bool>,
}

/// Notifications and their settings.
#[derive(Debug, Clone)]
pub struct NotificationsService {
    core: Core,
}

impl From<&Parts> for NotificationsService {
    fn from(parts: &Parts) -> Self {
        Self::new(parts.core.clone())
    }
}

impl NotificationsService {
    /// A service on `core`.
    pub const fn new(core: Core) -> Self {
        Self { core }
    }

    /// A page of what the app shows to the user, the newest first.
    ///
    /// # Errors
    /// [`NotificationsError::Work`].
    pub async fn list(
        &self,
        user: UserId,
        page: Page,
        query: &NotificationQuery,
    ) -> Result<Vec<Notice>, NotificationsError> {
        self.core
            .read(user, async |work| {
                let shown = query.among_shown(&settings::load(work, user).await?);
                let bare = notices::list(work, user, page, &shown).await?;
                Ok(with_texts(work, bare).await?)
            })
            .await
    }

    /// Number of notifications that the app shows to the user, [`MOST_COUNTED`](crate::graphql::MOST_COUNTED) at most.
    ///
    /// # Errors
    /// [`NotificationsError::Work`].
    pub async fn count(&self, user: UserId, query: &NotificationQuery) -> Result<i64, NotificationsError> {
        self.core
            .read(user, async |work| {
                let shown = query.among_shown(&settings::load(work, user).await?);
                Ok(notices::count(work, user, &shown).await?)
            })
            .await
    }

    /// Those of `ids` that are of no notifications of the user's.
    ///
    /// # Errors
    /// [`NotificationsError::Work`].
    pub async fn find_unknown(
        &self,
        user: UserId,
        ids: &[NotificationId],
    ) -> Result<Vec<NotificationId>, NotificationsError> {
        self.core
            .read(user, async |work| Ok(find_unknown(work, ids).await?))
            .await
    }

    /// Marks notifications as read, all or none; answers with those that were not.
    ///
    /// # Errors
    /// [`NotificationsError`].
    pub async fn mark_read(&self, user: UserId, mark: &Mark) -> Result<Marked, NotificationsError> {
        let mut work = self.core.begin(user).await?;
        let mut marked = match mark {
            Mark::Ids(ids) => {
                let unknown = find_unknown(&mut work, ids).await?;
                if !unknown.is_empty() {
                    return Err(NotificationsError::UnknownNotifications(unknown));
                }
                notices::mark_read(&mut work, ids).await?
            }
            // What the app does not show nobody has read there.
            Mark::Through(cursor) => {
                let kinds = settings::load(&mut work, user).await?.kinds(Channel::InApp);
                notices::mark_read_through(&mut work, *cursor, &kinds).await?
            }
        };
        marked.sort_unstable_by(|one, other| other.cmp(one));
        // One event for all of them; they are known by its time.
        if let Some((_, newest)) = marked.first() {
            work.emit(EventKind::NotificationRead, None, *newest);
        }
        let newest: Vec<NotificationId> = marked.iter().take(MAX_MARKED).map(|(_, id)| *id).collect();
        let mut bare = notices::load(&mut work, &newest).await?;
        bare.sort_unstable_by_key(|notice| Reverse((notice.created_at, notice.id)));
        let newest = with_texts(&mut work, bare).await?;
        work.commit().await?;
        Ok(Marked {
            count: marked.len(),
            newest,
        })
    }

    /// The user's settings.
    ///
    /// # Errors
    /// [`NotificationsError::Work`].
    pub async fn settings(&self, user: UserId) -> Result<Settings, NotificationsError> {
        self.core
            .read(user, async |work| Ok(load_settings(work).await?))
            .await
    }

    /// Changes the user's settings, whole or not at all.
    ///
    /// # Errors
    /// [`NotificationsError::Work`].
    pub async fn change_settings(
        &self,
        user: UserId,
        change: &SettingsChange,
    ) -> Result<(), NotificationsError> {
        let mut work = self.core.begin(user).await?;
        if *change != SettingsChange::default() {
            work.emit(EventKind::NotificationSettingsChanged, None, user);
        }
        for (kind, channel, is_enabled) in &change.switches {
            settings::set(&mut work, *kind, *channel, *is_enabled).await?;
        }
        if let Some(shows) = change.push_shows_details {
            settings::set_push_shows_details(&mut work, shows).await?;
        }
        work.commit().await?;
        Ok(())
    }

    /// The page that asks whether mail about `kind` should end.
    ///
    /// # Errors
    /// [`NotificationsError::UnknownUser`] or [`NotificationsError::Work`].
    pub async fn unsubscribe_page(
        &self,
        user: UserId,
        kind: NoticeKind,
    ) -> Result<UnsubscribePage, NotificationsError> {
        let mut work = self.begin_for(user).await?;
        let language = locale(&mut work).await?.language;
        work.commit().await?;
        Ok(UnsubscribePage { kind, language })
    }

    /// Ends mail about `kind`.
    ///
    /// # Errors
    /// As [`Self::unsubscribe_page`].
    pub async fn unsubscribe(
        &self,
        user: UserId,
        kind: NoticeKind,
    ) -> Result<UnsubscribePage, NotificationsError> {
        let mut work = self.begin_for(user).await?;
        settings::set(&mut work, kind, Channel::Email, false).await?;
        work.emit(EventKind::NotificationSettingsChanged, None, user);
        let language = locale(&mut work).await?.language;
        work.commit().await?;
        Ok(UnsubscribePage { kind, language })
    }

    /// A unit of work of somebody who may be gone.
    async fn begin_for(&self, user: UserId) -> Result<Work, NotificationsError> {
        self.core.begin(user).await.map_err(|error| match error {
            WorkError::Vault(VaultError::Query(diesel::result::Error::NotFound)) => {
                NotificationsError::UnknownUser
            }
            other => other.into(),
        })
    }
}

async fn find_unknown(work: &mut Work, ids: &[NotificationId]) -> QueryResult<Vec<NotificationId>> {
    let known = notices::load(work, ids).await?;
    let known: HashSet<NotificationId> = known.into_iter().map(|bare| bare.id).collect();
    Ok(ids.iter().filter(|id| !known.contains(id)).copied().collect())
}

/// The settings of the user of `work`.
pub(super) async fn load_settings(work: &mut Work) -> QueryResult<Settings> {
    let user = work.user;
    Ok(Settings {
        switches: settings::load(work, user).await?,
        push_shows_details: settings::push_shows_details(work, user).await?,
        mail_failure: mails::last_failure(work, user).await?,
    })
}

/// The notifications with their texts, for the user of `work`.
pub(super) async fn with_texts(work: &mut Work, bare: Vec<StoredNotice>) -> Result<Vec<Notice>, WorkError> {
    if bare.is_empty() {
        return Ok(Vec::new());
    }
    let locale = locale(work).await?;
    let data = template_data::template_data(work, &bare).await?;
    let pairs = bare.into_iter().zip(data);
    Ok(pairs.map(|(bare, data)| bare.with_text(&data, locale)).collect())
}

/// The language and time zone of the user of `work`.
pub(super) async fn locale(work: &mut Work) -> Result<Locale, WorkError> {
    let user = work.user;
    let (locale, zone) = recipient::locale(work, user).await?;
    Ok(Locale {
        language: Language::of(&locale),
        zone: zone.parse().unwrap_or(Tz::UTC),
    })
}
