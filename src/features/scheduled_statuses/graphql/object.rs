//! GraphQL objects of scheduled statuses.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

use super::errors::failed;
use crate::features::scheduled_statuses::ScheduledStatusId;
use crate::features::scheduled_statuses::audience::Audience;
use crate::features::scheduled_statuses::content::{Content, StatusFont};
use crate::features::scheduled_statuses::model::{Kind, PlannedStatus, State};
use crate::features::scheduled_statuses::obstacle::Obstacle;
use crate::features::scheduled_statuses::service::ScheduledStatusesService;
use crate::features::scheduled_statuses::store::{VIEWERS, people, statuses};
use crate::features::scheduled_statuses::time;
use crate::features::schema::{Account, Contact, ContactScope, Media, StatusViewer};
use crate::graphql::{
    Connection, Cursor, Entity, PageArguments, PageCursor, ReadError, Reader, find, viewer,
};
use crate::id::{AccountId, ContactId};

/// A status of the owner that is published at a planned time.
#[derive(Debug, Clone)]
pub struct ScheduledStatus(pub PlannedStatus);

/// A status of the owner that is published at a planned time.
#[Object]
impl ScheduledStatus {
    /// Opaque global id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// The account that publishes the status.
    async fn account(&self, ctx: &Context<'_>) -> Result<Account> {
        Account::load(ctx, self.0.account).await
    }

    /// The kind of the status.
    async fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The text of the status; null unless it is a text.
    async fn text(&self) -> Option<&str> {
        match &self.0.content {
            Content::Text(words) => Some(words.text()),
            Content::Caption(_) => None,
        }
    }

    /// The background colour of the text as `#RRGGBB`; null unless it is a text.
    async fn background_color(&self) -> Option<String> {
        match &self.0.content {
            Content::Text(words) => Some(words.background.to_string()),
            Content::Caption(_) => None,
        }
    }

    /// The font of the text; null unless it is a text.
    async fn font(&self) -> Option<StatusFont> {
        match &self.0.content {
            Content::Text(words) => Some(words.font),
            Content::Caption(_) => None,
        }
    }

    /// The caption of the picture or video; null when there is none.
    async fn caption(&self) -> Option<&str> {
        match &self.0.content {
            Content::Text(_) => None,
            Content::Caption(caption) => caption.as_deref(),
        }
    }

    /// The picture or video; null for a text, after cancellation, and when it is no longer kept.
    async fn media(&self, ctx: &Context<'_>) -> Result<Option<Media>> {
        match self.0.media {
            Some(id) => Media::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// The people who see the status.
    async fn audience(&self) -> ScheduledStatusAudience {
        ScheduledStatusAudience(self.0.audience.clone())
    }

    /// The planned time of publication.
    async fn publish_at(&self) -> DateTime<Utc> {
        self.0.publish_at
    }

    /// The planned time by the clock of `timeZone`, with its UTC offset, such as `2026-12-24T18:00:00+01:00`.
    async fn publish_at_local(&self) -> String {
        time::local(self.0.publish_at, &self.0.time_zone)
    }

    /// The time zone the status was planned in, as an IANA name.
    async fn time_zone(&self) -> &str {
        &self.0.time_zone
    }

    /// The state of the status. It is `PUBLISHED` only after WhatsApp accepted it.
    async fn state(&self) -> State {
        self.0.state
    }

    /// The reason for which it was not published, in English; null unless `FAILED` or `MISSED`.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// The reason for which it cannot be published now, in English: its account is unlinked, logged out, paused or the
    /// like. It is missed unless that is mended within the grace after its time. Null when nothing stands in its way, and
    /// when it waits no more.
    async fn blocked_reason(&self, ctx: &Context<'_>) -> Result<Option<&'static str>> {
        if !matches!(self.0.state, State::Scheduled | State::Publishing) {
            return Ok(None);
        }
        let obstacle = find(ctx, ObstacleOf(self.0.account)).await?;
        Ok(obstacle.map(Obstacle::in_words))
    }

    /// The time at which the status was created.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// The time at which WhatsApp accepted the status; null unless `PUBLISHED`.
    async fn published_at(&self) -> Option<DateTime<Utc>> {
        self.0.published_at
    }

    /// The time at which WhatsApp stops showing the status: a day after it was published. Null unless `PUBLISHED`.
    async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.expires_at()
    }

    /// Number of people it was sent to, without the owner; null before it is `PUBLISHING`.
    async fn audience_size(&self) -> Option<i32> {
        self.0.audience_size
    }

    /// Number of people who viewed the status. People with read receipts turned off are not counted.
    async fn viewer_count(&self, ctx: &Context<'_>) -> Result<i32> {
        let count = find(ctx, ViewersOf(self.0.id)).await?.unwrap_or(0);
        Ok(i32::try_from(count).unwrap_or(i32::MAX))
    }

    /// The people who viewed the status, latest first.
    /// Null only when an argument is wrong.
    async fn viewers(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Number of items from the beginning of the list, or after `after`: 1 to 100; 20 when neither `first` \
                    nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Cursor of the item before the page.")] after: Option<Cursor>,
        #[graphql(
            desc = "Number of items from the end of the list, or before `before`: 1 to 100. Not together with `first` or \
                    `after`."
        )]
        last: Option<i32>,
        #[graphql(desc = "Cursor of the item after the page.")] before: Option<Cursor>,
    ) -> Result<Option<Connection<StatusViewer>>> {
        let (page, user) = (
            PageArguments {
                first,
                after,
                last,
                before,
            }
            .page("viewers")?,
            viewer(ctx)?.user,
        );
        let service = ctx.data_unchecked::<ScheduledStatusesService>();
        let found = service.viewers(user, self.0.id, page).await;
        let items = found.map_err(|e| failed(ctx, e))?.into_iter().map(StatusViewer);
        Ok(Some(Connection::of(
            page,
            items.collect(),
            StatusViewer::page_cursor,
        )))
    }

    /// True while its deletion is on its way to WhatsApp; an event reports the outcome.
    async fn is_being_deleted(&self) -> bool {
        self.0.is_being_deleted()
    }

    /// The reason for which its last deletion failed, in English; null when none failed. Deletion can be tried again.
    async fn deletion_error(&self) -> Option<&str> {
        self.0.revoke_reason.as_deref()
    }

    /// The time at which it was deleted for everyone; null when it was not.
    async fn deleted_at(&self) -> Option<DateTime<Utc>> {
        self.0.deleted_at
    }
}

impl Entity for ScheduledStatus {
    type Id = ScheduledStatusId;
    type Row = PlannedStatus;
    const NAME: &'static str = "scheduled status";

    fn of(_: &Context<'_>, row: PlannedStatus) -> Self {
        Self(row)
    }
}

impl ScheduledStatus {
    /// The position of the status in a list.
    pub(super) fn page_cursor(&self) -> PageCursor {
        PageCursor {
            at: self.0.publish_at,
            id: self.0.id.into(),
        }
    }
}

/// The people who see a status.
#[derive(Debug, Clone)]
pub struct ScheduledStatusAudience(Audience);

/// The people who see a status.
#[Object]
impl ScheduledStatusAudience {
    /// The whole address book, only the listed contacts, or all but the listed contacts.
    async fn scope(&self) -> ContactScope {
        self.0.scope
    }

    /// The contacts that `scope` refers to; empty for `ALL`.
    async fn contacts(&self, ctx: &Context<'_>) -> Result<Vec<Contact>> {
        load_contacts(ctx, &self.0.contacts).await
    }
}

/// Loads these contacts together.
pub(super) async fn load_contacts(ctx: &Context<'_>, ids: &[ContactId]) -> Result<Vec<Contact>> {
    let contacts = ids.iter().map(|id| Contact::load(ctx, *id));
    futures::future::try_join_all(contacts).await
}

/// Key of the number of viewers of a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ViewersOf(ScheduledStatusId);

/// Key of what keeps an account from publishing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ObstacleOf(AccountId);

impl Loader<ObstacleOf> for Reader {
    type Value = Obstacle;
    type Error = ReadError;

    async fn load(&self, keys: &[ObstacleOf]) -> Result<HashMap<ObstacleOf, Obstacle>, ReadError> {
        self.read(async |work| {
            let ids: Vec<AccountId> = keys.iter().map(|key| key.0).collect();
            let obstacles = people::obstacles(work, &ids).await?;
            Ok(obstacles
                .into_iter()
                .map(|(id, obstacle)| (ObstacleOf(id), obstacle))
                .collect())
        })
        .await
    }
}

/// Key of the number of an account's statuses that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct WaitingOf(pub(super) AccountId);

impl Loader<WaitingOf> for Reader {
    type Value = i64;
    type Error = ReadError;

    async fn load(&self, keys: &[WaitingOf]) -> Result<HashMap<WaitingOf, i64>, ReadError> {
        self.read(async |work| {
            let ids: Vec<AccountId> = keys.iter().map(|key| key.0).collect();
            let counts = statuses::count_waiting(work, &ids).await?;
            Ok(counts
                .into_iter()
                .map(|(id, count)| (WaitingOf(id), count))
                .collect())
        })
        .await
    }
}

impl Loader<ScheduledStatusId> for Reader {
    type Value = PlannedStatus;
    type Error = ReadError;

    async fn load(
        &self,
        keys: &[ScheduledStatusId],
    ) -> Result<HashMap<ScheduledStatusId, PlannedStatus>, ReadError> {
        self.read(async |work| {
            let mut found = HashMap::with_capacity(keys.len());
            for row in statuses::load(work, keys).await? {
                let item = row.open(&work.key)?;
                found.insert(item.id, item);
            }
            Ok(found)
        })
        .await
    }
}

impl Loader<ViewersOf> for Reader {
    type Value = i64;
    type Error = ReadError;

    async fn load(&self, keys: &[ViewersOf]) -> Result<HashMap<ViewersOf, i64>, ReadError> {
        self.read(async |work| {
            let ids = keys.iter().map(|key| key.0.into()).collect();
            let counts = VIEWERS.count(work, ids).await?;
            Ok(counts
                .into_iter()
                .map(|(id, count)| (ViewersOf(id.into()), count))
                .collect())
        })
        .await
    }
}
