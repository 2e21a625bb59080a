use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

use super::super::model::{Like, LikeOutcome, StatusKind, StatusRecord};
use super::loaders::LikeOf;
use crate::features::schema::{Account, ActionStep, Contact, Media};
use crate::features::statuses::{StatusId, StatusLikeId};
use crate::graphql::{Entity, PageCursor, find};

/// A story: shown by WhatsApp for a day, kept here for longer.
#[derive(Debug, Clone)]
pub struct Status(pub StatusRecord);

/// A story: shown by WhatsApp for a day, kept here for longer.
#[Object]
impl Status {
    /// Opaque and global.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// The account that saw it.
    async fn account(&self, ctx: &Context<'_>) -> Result<Account> {
        Account::load(ctx, self.0.account).await
    }

    /// Who posted it.
    async fn author(&self, ctx: &Context<'_>) -> Result<Contact> {
        Contact::load(ctx, self.0.author).await
    }

    /// Whether the account's owner posted it.
    async fn is_own(&self) -> bool {
        self.0.is_own
    }

    /// What sort of status it is.
    async fn kind(&self) -> StatusKind {
        self.0.kind
    }

    /// Its words; null unless it is a text.
    async fn text(&self) -> Option<&str> {
        let is_text = self.0.kind == StatusKind::Text;
        self.0.text.as_deref().filter(|_| is_text)
    }

    /// The words under its picture or video; null when there are none.
    async fn caption(&self) -> Option<&str> {
        let is_text = self.0.kind == StatusKind::Text;
        self.0.text.as_deref().filter(|_| !is_text)
    }

    /// Its picture, video or sound; null when it has none. Fetched from WhatsApp when it is deleted, or by
    /// `fetchStatusMedia`.
    async fn media(&self, ctx: &Context<'_>) -> Result<Option<Media>> {
        match self.0.media {
            Some(id) => Media::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// When it was posted, by WhatsApp's clock.
    async fn posted_at(&self) -> DateTime<Utc> {
        self.0.posted_at
    }

    /// When WhatsApp stops showing it: a day after it was posted.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }

    /// When its author deleted it; null when they did not.
    async fn deleted_at(&self) -> Option<DateTime<Utc>> {
        self.0.deleted_at
    }

    /// What became of its like; null when auto-like was off when it came, and for the owner's own.
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
    /// Where it stands in a list.
    pub(super) fn page_cursor(&self) -> PageCursor {
        PageCursor {
            at: self.0.posted_at,
            id: self.0.id.into(),
        }
    }
}

/// What became of the like of a status.
#[derive(Debug, Clone)]
pub struct StatusLike(pub Like);

/// What became of the like of a status.
#[Object]
impl StatusLike {
    /// Opaque and global.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// The status.
    async fn status(&self, ctx: &Context<'_>) -> Result<Status> {
        Status::load(ctx, self.0.status).await
    }

    /// What it is, or would have been, liked with.
    async fn emoji(&self) -> &str {
        &self.0.emoji
    }

    /// How far it came. It is `LIKED` only when WhatsApp took it.
    async fn outcome(&self) -> LikeOutcome {
        self.0.outcome
    }

    /// Why no further; null unless it was rejected or skipped. When rejected: WhatsApp's code, such as `463`, or
    /// `failed: ` and the cause. When skipped: `deleted`, `too old`, `muted contact`, `plan`, `filtered`,
    /// `quiet hours`, `hourly limit`, `risk budget` (WhatsApp wanted nothing sent, or it waited for too long),
    /// `turned off` or `unlinked`.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// What happened to it, in order.
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
    /// Where it stands in a list.
    pub(super) fn page_cursor(&self) -> PageCursor {
        PageCursor {
            at: self.0.created_at,
            id: self.0.id.into(),
        }
    }
}
