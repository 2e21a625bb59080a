use std::collections::HashMap;

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

use super::super::audience::Audience;
use super::super::content::{Content, StatusFont};
use super::super::model::{Kind, Planned, State, Viewer};
use super::super::service::ScheduledStatusesService;
use super::super::store::{statuses, viewers};
use super::super::time;
use super::failed;
use crate::features::scheduled_statuses::ScheduledStatusId;
use crate::features::schema::{Account, Contact, ContactScope, Media};
use crate::graphql::{Entity, Page, PageCursor, ReadError, Reader, connect, find, viewer};
use crate::id::ContactId;

/// A status of the owner's that is published at a planned time.
#[derive(Debug, Clone)]
pub struct ScheduledStatus(pub Planned);

/// A status of the owner's that is published at a planned time.
#[Object]
impl ScheduledStatus {
    /// Opaque and global.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// The account that publishes it.
    async fn account(&self, ctx: &Context<'_>) -> Result<Account> {
        Account::load(ctx, self.0.account).await
    }

    /// What sort of status it is.
    async fn kind(&self) -> Kind {
        self.0.kind
    }

    /// Its words; null unless it is a text.
    async fn text(&self) -> Option<&str> {
        match &self.0.content {
            Content::Text(words) => Some(words.text()),
            Content::Caption(_) => None,
        }
    }

    /// The colour of the words' ground as `#RRGGBB`; null unless it is a text.
    async fn background_color(&self) -> Option<String> {
        match &self.0.content {
            Content::Text(words) => Some(words.background.to_string()),
            Content::Caption(_) => None,
        }
    }

    /// The words' typeface; null unless it is a text.
    async fn font(&self) -> Option<StatusFont> {
        match &self.0.content {
            Content::Text(words) => Some(words.font),
            Content::Caption(_) => None,
        }
    }

    /// The words under its picture or video; null when there are none.
    async fn caption(&self) -> Option<&str> {
        match &self.0.content {
            Content::Text(_) => None,
            Content::Caption(caption) => caption.as_deref(),
        }
    }

    /// Its picture or video; null for a text, once it is cancelled, and when it is no longer kept.
    async fn media(&self, ctx: &Context<'_>) -> Result<Option<Media>> {
        match self.0.media {
            Some(id) => Media::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// Who sees it.
    async fn audience(&self) -> ScheduledStatusAudience {
        ScheduledStatusAudience(self.0.audience.clone())
    }

    /// When it is, or was to be, published.
    async fn publish_at(&self) -> DateTime<Utc> {
        self.0.publish_at
    }

    /// The same by the clocks of `timeZone`, with their offset, such as `2026-12-24T18:00:00+01:00`.
    async fn publish_at_local(&self) -> String {
        time::local(self.0.publish_at, &self.0.time_zone)
    }

    /// Whose clocks it was planned by, as IANA names the zone.
    async fn time_zone(&self) -> &str {
        &self.0.time_zone
    }

    /// How far it came. It is `PUBLISHED` only when WhatsApp took it.
    async fn state(&self) -> State {
        self.0.state
    }

    /// Why it was not published, in English; null unless `FAILED` or `MISSED`.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// When it was planned.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When WhatsApp took it; null unless `PUBLISHED`.
    async fn published_at(&self) -> Option<DateTime<Utc>> {
        self.0.published_at
    }

    /// When WhatsApp stops showing it: a day after it was published. Null unless `PUBLISHED`.
    async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.expires_at()
    }

    /// To how many people it was sent, without the owner; null before it is `PUBLISHING`.
    async fn audience_size(&self) -> Option<i32> {
        self.0.audience_size
    }

    /// How many people looked at it. Somebody whose read receipts are off is not told of.
    async fn viewer_count(&self, ctx: &Context<'_>) -> Result<i32> {
        let count = find(ctx, ViewersOf(self.0.id)).await?.unwrap_or(0);
        Ok(i32::try_from(count).unwrap_or(i32::MAX))
    }

    /// Who looked at it, the latest first.
    async fn viewers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
    ) -> Result<Connection<PageCursor, ScheduledStatusViewer, EmptyFields, EmptyFields>> {
        let (page, user) = (Page::parse(first, after.as_deref())?, viewer(ctx)?.user);
        let service = ctx.data_unchecked::<ScheduledStatusesService>();
        let found = service.viewers(user, self.0.id, page).await;
        let items = found
            .map_err(|e| failed(ctx, e))?
            .into_iter()
            .map(ScheduledStatusViewer);
        Ok(connect(page, items.collect(), ScheduledStatusViewer::page_cursor))
    }

    /// Whether its deletion is on its way to WhatsApp; an event tells what came of it.
    async fn is_being_deleted(&self) -> bool {
        self.0.is_being_deleted()
    }

    /// Why its last deletion failed, in English; null when none did. It can be deleted again.
    async fn deletion_error(&self) -> Option<&str> {
        self.0.revoke_reason.as_deref()
    }

    /// When it was deleted for everyone; null when it was not.
    async fn deleted_at(&self) -> Option<DateTime<Utc>> {
        self.0.deleted_at
    }
}

impl Entity for ScheduledStatus {
    type Id = ScheduledStatusId;
    type Row = Planned;
    const NAME: &'static str = "scheduled status";

    fn of(_: &Context<'_>, row: Planned) -> Self {
        Self(row)
    }
}

impl ScheduledStatus {
    /// Where it stands in a list.
    pub(super) fn page_cursor(&self) -> PageCursor {
        PageCursor {
            at: self.0.publish_at,
            id: self.0.id.into(),
        }
    }
}

/// Who sees a status.
#[derive(Debug, Clone)]
pub struct ScheduledStatusAudience(Audience);

/// Who sees a status.
#[Object]
impl ScheduledStatusAudience {
    /// The whole address book, only some, or all but some.
    async fn scope(&self) -> ContactScope {
        self.0.scope
    }

    /// Whom the scope names; empty for `ALL`.
    async fn contacts(&self, ctx: &Context<'_>) -> Result<Vec<Contact>> {
        load_contacts(ctx, &self.0.contacts).await
    }
}

/// Somebody who looked at a status.
#[derive(Debug, Clone, Copy)]
pub struct ScheduledStatusViewer(Viewer);

/// Somebody who looked at a status.
#[Object]
impl ScheduledStatusViewer {
    /// Who.
    async fn contact(&self, ctx: &Context<'_>) -> Result<Contact> {
        Contact::load(ctx, self.0.contact).await
    }

    /// When they first did, by WhatsApp's clock.
    async fn viewed_at(&self) -> DateTime<Utc> {
        self.0.viewed_at
    }
}

impl ScheduledStatusViewer {
    fn page_cursor(&self) -> PageCursor {
        PageCursor {
            at: self.0.viewed_at,
            id: self.0.contact.into(),
        }
    }
}

/// These contacts, loaded together.
pub(super) async fn load_contacts(ctx: &Context<'_>, ids: &[ContactId]) -> Result<Vec<Contact>> {
    let contacts = ids.iter().map(|id| Contact::load(ctx, *id));
    futures::future::try_join_all(contacts).await
}

/// Asks how many people looked at a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ViewersOf(ScheduledStatusId);

impl Loader<ScheduledStatusId> for Reader {
    type Value = Planned;
    type Error = ReadError;

    async fn load(
        &self,
        keys: &[ScheduledStatusId],
    ) -> Result<HashMap<ScheduledStatusId, Planned>, ReadError> {
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
            let ids: Vec<ScheduledStatusId> = keys.iter().map(|key| key.0).collect();
            let counts = viewers::count(work, &ids).await?;
            Ok(counts
                .into_iter()
                .map(|(id, count)| (ViewersOf(id), count))
                .collect())
        })
        .await
    }
}
