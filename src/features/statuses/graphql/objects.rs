use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

use super::super::auto_like::SkipReason;
use super::super::model::{Like, StatusKind, StatusLikeState, StatusRecord};
use super::loaders::{LikeOf, ViewerPage, ViewersOf};
use crate::features::DeletedMessage;
use crate::features::schema::{
    Account, ActionStep, Contact, Media, ScheduledStatus, StatusViewer, find_of_message, publisher_of,
};
use crate::features::statuses::{StatusId, StatusLikeId};
use crate::graphql::{Connection, Cursor, Entity, List, PageArguments, PageCursor, find, total_if_wanted};

/// A status (story): shown by WhatsApp for a day, stored here for longer.
#[derive(Debug, Clone)]
pub struct Status(pub StatusRecord);

/// A status (story): shown by WhatsApp for a day, stored here for longer.
#[Object]
impl Status {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// Account that received or posted the status.
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

    /// Text of the status; null unless `kind` is `TEXT`, and when nothing in it is visible.
    async fn text(&self) -> Option<&str> {
        let is_text = self.0.kind == StatusKind::Text;
        self.0.text.as_deref().filter(|_| is_text)
    }

    /// Caption of the picture or video; null when there is none.
    async fn caption(&self) -> Option<&str> {
        let is_text = self.0.kind == StatusKind::Text;
        self.0.text.as_deref().filter(|_| !is_text)
    }

    /// Picture, video or sound of the status; null when the status has none. Fetched from WhatsApp when the status is
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

    /// The scheduled status that was published as this one; null for statuses that were not published by AMDA, and when
    /// the scheduled status is no longer kept.
    async fn scheduled_status(&self, ctx: &Context<'_>) -> Result<Option<ScheduledStatus>> {
        if !self.0.is_own {
            return Ok(None);
        }
        publisher_of(ctx, self.0.message).await
    }

    /// Number of people who viewed a status of the account's owner; null for statuses of contacts. People with read
    /// receipts turned off are not counted.
    async fn viewer_count(&self, ctx: &Context<'_>) -> Result<Option<i64>> {
        if !self.0.is_own {
            return Ok(None);
        }
        Ok(Some(find(ctx, ViewersOf(self.0.id)).await?.unwrap_or(0)))
    }

    /// Contacts who viewed a status of the account's owner, the latest first; empty for statuses of contacts.
    /// `totalCount` counts them as `viewerCount` does. Null only when an argument is wrong.
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
        let page = PageArguments {
            first,
            after,
            last,
            before,
        }
        .page(List::of("viewers", self.0.id))?;
        let key = ViewerPage {
            status: self.0.id,
            page: page.of_any_parent(),
        };
        let views = find(ctx, key).await?.unwrap_or_default();
        let total = total_if_wanted(ctx, find(ctx, ViewersOf(self.0.id))).await?;
        let total = total.map(Option::unwrap_or_default);
        let viewers = views.into_iter().map(StatusViewer).collect();
        Ok(Some(
            Connection::of(&page, viewers, StatusViewer::page_cursor).counted(total),
        ))
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

/// Like of a status by auto-like, or the record that there was none.
#[derive(Debug, Clone)]
pub struct StatusLike(pub Like);

/// Like of a status by auto-like, or the record that there was none.
#[Object]
impl StatusLike {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// Account that likes the status.
    async fn account(&self, ctx: &Context<'_>) -> Result<Account> {
        Account::load(ctx, self.0.account).await
    }

    /// Author of the status.
    async fn author(&self, ctx: &Context<'_>) -> Result<Contact> {
        let status = Status::load(ctx, self.0.status).await?;
        Contact::load(ctx, status.0.author).await
    }

    /// Status that the like is for.
    async fn status(&self, ctx: &Context<'_>) -> Result<Status> {
        Status::load(ctx, self.0.status).await
    }

    /// Emoji of the like, also when the like was skipped.
    async fn emoji(&self) -> &str {
        &self.0.emoji
    }

    /// Progress of the like. `LIKED` only when WhatsApp accepted it.
    async fn state(&self) -> StatusLikeState {
        self.0.state
    }

    /// Reason for which the status was not liked; null unless `state` is `SKIPPED`.
    async fn skip_reason(&self) -> Option<SkipReason> {
        self.0.skip_reason
    }

    /// Code with which WhatsApp refused the like, such as 463; null unless `state` is `REJECTED`, and when WhatsApp gave
    /// no number.
    async fn failure_whatsapp_code(&self) -> Option<i32> {
        self.0.failure.whatsapp_code
    }

    /// Cause in English; null unless `state` is `REJECTED` or `FAILED`.
    async fn failure_message(&self) -> Option<String> {
        self.0.failure.text()
    }

    /// Steps of the like so far, in order.
    async fn timeline(&self) -> Vec<ActionStep> {
        self.0.timeline()
    }

    /// Time at which the status arrived and the like was decided on.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
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
