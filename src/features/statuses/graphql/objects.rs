use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

use super::super::model::{Like, LikeOutcome, StatusKind, StatusRecord};
use super::super::service::StatusesService;
use super::errors::failed;
use super::loaders::{LikeOf, ViewersOf};
use crate::features::DeletedMessage;
use crate::features::schema::{Account, ActionStep, Contact, Media, StatusViewer, find_of_message};
use crate::features::statuses::{StatusId, StatusLikeId};
use crate::graphql::{Connection, Cursor, Entity, PageArguments, PageCursor, find, viewer};

/// A status (story): shown by WhatsApp for a day, stored here for longer.
#[derive(Debug, Clone)]
pub struct Status(pub StatusRecord);

/// A status (story): shown by WhatsApp for a day, stored here for longer.
#[Object]
impl Status {
    /// Opaque global id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// The account that received or posted the status.
    async fn account(&self, ctx: &Context<'_>) -> Result<Account> {
        Account::load(ctx, self.0.account).await
    }

    /// Author of the status.
    async fn author(&self, ctx: &Context<'_>) -> Result<Contact> {
        Contact::load(ctx, self.0.author).await
    }

    /// True when the account's owner posted the status.
    async fn is_own(&self) -> bool {
        self.0.is_own
    }

    /// Kind of the status.
    async fn kind(&self) -> StatusKind {
        self.0.kind
    }

    /// Text of the status; null unless `kind` is `TEXT`.
    async fn text(&self) -> Option<&str> {
        let is_text = self.0.kind == StatusKind::Text;
        self.0.text.as_deref().filter(|_| is_text)
    }

    /// Caption of the picture or video; null when there is none.
    async fn caption(&self) -> Option<&str> {
        let is_text = self.0.kind == StatusKind::Text;
        self.0.text.as_deref().filter(|_| !is_text)
    }

    /// Picture, video or sound of the status; null when there is none. Fetched from WhatsApp when the status is
    /// deleted, or by `fetchStatusMedia`.
    async fn media(&self, ctx: &Context<'_>) -> Result<Option<Media>> {
        match self.0.media {
            Some(id) => Media::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// Time of posting, by WhatsApp's clock.
    async fn posted_at(&self) -> DateTime<Utc> {
        self.0.posted_at
    }

    /// Time at which WhatsApp stops showing the status: a day after posting.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }

    /// Time at which the author deleted the status; null unless deleted.
    async fn deleted_at(&self) -> Option<DateTime<Utc>> {
        self.0.deleted_at
    }

    /// The deletion of the status, with what was kept of it; null when the status is not deleted, and when its messages
    /// were not held.
    async fn deleted_message(&self, ctx: &Context<'_>) -> Result<Option<DeletedMessage>> {
        find_of_message(ctx, Some(self.0.message)).await
    }

    /// Number of people who viewed a status of the account's owner; null for statuses of contacts. People with read
    /// receipts turned off are not counted.
    async fn viewer_count(&self, ctx: &Context<'_>) -> Result<Option<i64>> {
        if !self.0.is_own {
            return Ok(None);
        }
        Ok(Some(find(ctx, ViewersOf(self.0.id)).await?.unwrap_or(0)))
    }

    /// The people who viewed a status of the account's owner, latest first; none for statuses of contacts.
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
        let service = ctx.data_unchecked::<StatusesService>();
        let found = service.viewers(user, self.0.id, page).await;
        let items = found.map_err(|e| failed(ctx, e))?.into_iter().map(StatusViewer);
        Ok(Some(Connection::of(
            page,
            items.collect(),
            StatusViewer::page_cursor,
        )))
    }

    /// Like of the status; null when auto-like was off at its arrival, and for statuses of the account's owner.
    async fn like(&self, ctx: &Context<'_>) -> Result<Option<StatusLike>> {
        let like = find(ctx, LikeOf(self.0.id)).await?;
        Ok(like.map(StatusLike))
    }
}

impl Entity for Status {
    type Id = StatusId;
    type Row = StatusRecord;
    const NAME: &'static str = "status";

    fn of(_: &Context<'_>, row: StatusRecord) -> Self {
        Self(row)
    }
}

impl Status {
    /// Returns the position in a list.
    pub(super) fn page_cursor(&self) -> PageCursor {
        PageCursor {
            at: self.0.posted_at,
            id: self.0.id.into(),
        }
    }
}

/// Like of a status, with its outcome.
#[derive(Debug, Clone)]
pub struct StatusLike(pub Like);

/// Like of a status, with its outcome.
#[Object]
impl StatusLike {
    /// Opaque global id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// The liked status.
    async fn status(&self, ctx: &Context<'_>) -> Result<Status> {
        Status::load(ctx, self.0.status).await
    }

    /// Emoji of the like, also when it was skipped.
    async fn emoji(&self) -> &str {
        &self.0.emoji
    }

    /// State of the like. `LIKED` only when WhatsApp accepted it.
    async fn outcome(&self) -> LikeOutcome {
        self.0.outcome
    }

    /// Reason for a rejected or skipped like; null otherwise. When rejected: WhatsApp's code, such as `463`, or
    /// `failed: ` and the cause. When skipped: `deleted`, `already reacted` (by the owner, who may have taken it back),
    /// `too old`, `muted contact`, `plan`, `filtered`, `quiet hours`, `hourly limit`, `risk budget` (WhatsApp paused
    /// sending), `waited too long` (it did not fit into the hour that a like may wait), `turned off` or `unlinked`.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// Steps of the like, in order.
    async fn timeline(&self) -> Vec<ActionStep> {
        self.0.timeline()
    }
}

impl Entity for StatusLike {
    type Id = StatusLikeId;
    type Row = Like;
    const NAME: &'static str = "like";

    fn of(_: &Context<'_>, row: Like) -> Self {
        Self(row)
    }
}

impl StatusLike {
    /// Returns the position in a list.
    pub(super) fn page_cursor(&self) -> PageCursor {
        PageCursor {
            at: self.0.created_at,
            id: self.0.id.into(),
        }
    }
}
