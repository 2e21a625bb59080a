use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

use super::super::model::{Like, LikeOutcome, Posted, StatusKind};
use super::loaders::{StatusLikeLoader, StatusLikeOfLoader, StatusLoader};
use crate::features::schema::{Account, ActionStep, Contact, Media, loader};
use crate::graphql::{PageCursor, internal, not_found};
use crate::id::{StatusId, StatusLikeId};

/// A story: shown by WhatsApp for a day, kept here for longer.
#[derive(Debug, Clone)]
pub struct Status(pub Posted);

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
        let loader = loader::<StatusLikeOfLoader>(ctx)?;
        let like = loader.load_one(self.0.id).await.map_err(|e| internal(ctx, e))?;
        Ok(like.map(StatusLike))
    }
}

impl Status {
    /// The status with `id`, loaded together with the others that the request asks for.
    ///
    /// # Errors
    /// `INTERNAL` when the database fails, `NOT_FOUND` when it is nobody's or somebody else's.
    pub async fn load(ctx: &Context<'_>, id: StatusId) -> Result<Self> {
        Self::find(ctx, id).await?.ok_or_else(|| not_found("status"))
    }

    /// The same, for a status that may be gone.
    ///
    /// # Errors
    /// `INTERNAL` when the database fails.
    pub async fn find(ctx: &Context<'_>, id: StatusId) -> Result<Option<Self>> {
        let loader = loader::<StatusLoader>(ctx)?;
        let status = loader.load_one(id).await.map_err(|e| internal(ctx, e))?;
        Ok(status.map(Self))
    }

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

impl StatusLike {
    /// The like with `id`, loaded together with the others that the request asks for.
    ///
    /// # Errors
    /// `INTERNAL` when the database fails, `NOT_FOUND` when it is nobody's or somebody else's.
    pub async fn load(ctx: &Context<'_>, id: StatusLikeId) -> Result<Self> {
        Self::find(ctx, id).await?.ok_or_else(|| not_found("like"))
    }

    /// The same, for a like that may be gone.
    ///
    /// # Errors
    /// `INTERNAL` when the database fails.
    pub async fn find(ctx: &Context<'_>, id: StatusLikeId) -> Result<Option<Self>> {
        let loader = loader::<StatusLikeLoader>(ctx)?;
        let like = loader.load_one(id).await.map_err(|e| internal(ctx, e))?;
        Ok(like.map(Self))
    }

    /// Where it stands in a list.
    pub(super) fn page_cursor(&self) -> PageCursor {
        PageCursor {
            at: self.0.created_at,
            id: self.0.id.into(),
        }
    }
}
