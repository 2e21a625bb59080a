use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

use super::super::model::{CaptureOutcome, CaptureReason, ViewOnce};
use crate::features::DeletedMessage;
use crate::features::schema::{Account, Chat, Contact, KeptMessageKind, Media, find_of_message};
use crate::features::view_once::ViewOnceId;
use crate::graphql::{Entity, PageCursor};

/// A view-once message.
#[derive(Debug, Clone)]
pub struct ViewOnceMessage(pub ViewOnce);

/// A view-once message.
#[Object]
impl ViewOnceMessage {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub(in crate::features) async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// The account that received the message.
    pub(in crate::features) async fn account(&self, ctx: &Context<'_>) -> Result<Account> {
        Account::load(ctx, self.0.account).await
    }

    /// Chat of the message.
    pub(in crate::features) async fn chat(&self, ctx: &Context<'_>) -> Result<Chat> {
        Chat::load(ctx, self.0.chat).await
    }

    /// Sender of the message.
    pub(in crate::features) async fn sender(&self, ctx: &Context<'_>) -> Result<Contact> {
        Contact::load(ctx, self.0.sender).await
    }

    /// Kind of the content, such as `IMAGE`; `VIEW_ONCE` while WhatsApp has delivered only a placeholder, which does not
    /// tell the kind.
    pub(in crate::features) async fn kind(&self) -> KeptMessageKind {
        self.0.message_kind().into()
    }

    /// Caption of the content; null when there is none, and unless `outcome` is `CAPTURED`.
    async fn text(&self) -> Option<&str> {
        self.shown_text()
    }

    /// Content; null unless `outcome` is `CAPTURED`, and when the content was deleted since.
    pub(in crate::features) async fn media(&self, ctx: &Context<'_>) -> Result<Option<Media>> {
        match self.0.media.filter(|_| self.is_captured()) {
            Some(id) => Media::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// Time of sending, by WhatsApp's clock. For a message that is known only from the owner's reply, the time at which
    /// the reply arrived.
    pub(in crate::features) async fn sent_at(&self) -> DateTime<Utc> {
        self.0.sent_at
    }

    /// Time of arrival, by the server's clock.
    async fn received_at(&self) -> DateTime<Utc> {
        self.0.received_at
    }

    /// Outcome of the capture.
    async fn outcome(&self) -> CaptureOutcome {
        self.outcome_now()
    }

    /// Reason for which the content was not captured; null when `outcome` is `CAPTURED` or `NOT_DELIVERED`.
    async fn failure_reason(&self) -> Option<CaptureReason> {
        self.0.reason
    }

    /// Cause of `failureReason` in English; null when `failureReason` is.
    async fn failure_message(&self) -> Option<&str> {
        self.0.reason_message.as_deref()
    }

    /// True while the content is being fetched; an event announces the outcome.
    async fn is_capturing(&self) -> bool {
        self.0.is_capturing
    }

    /// Time of the capture; null unless `outcome` is `CAPTURED`.
    async fn captured_at(&self) -> Option<DateTime<Utc>> {
        self.0.captured_at
    }

    /// The deletion of the message; null when the message is not deleted, and when messages were not held.
    async fn deleted_message(&self, ctx: &Context<'_>) -> Result<Option<DeletedMessage>> {
        find_of_message(ctx, self.0.message).await
    }
}

impl Entity for ViewOnceMessage {
    type Id = ViewOnceId;
    type Row = ViewOnce;
    const NAME: &'static str = "view-once message";

    fn of(_: &Context<'_>, row: ViewOnce) -> Self {
        Self(row)
    }
}

impl ViewOnceMessage {
    /// The text as `KeptMessage` has it.
    pub(in crate::features) async fn kept_text(&self, _: &Context<'_>) -> Result<Option<&str>> {
        Ok(self.shown_text())
    }

    /// Returns the position in a list.
    pub(super) fn page_cursor(&self) -> PageCursor {
        PageCursor {
            at: self.0.received_at,
            id: self.0.id.into(),
        }
    }

    fn shown_text(&self) -> Option<&str> {
        self.0.caption.as_deref().filter(|_| self.is_captured())
    }

    fn outcome_now(&self) -> CaptureOutcome {
        // Lists and loads return only messages with an outcome; `retry` requires one.
        self.0.outcome.unwrap_or(CaptureOutcome::NotDelivered)
    }

    fn is_captured(&self) -> bool {
        self.0.outcome == Some(CaptureOutcome::Captured)
    }
}
