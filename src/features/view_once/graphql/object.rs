use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

use super::super::model::{CaptureOutcome, ViewOnce};
use super::super::store;
use crate::event::MediaKind;
use crate::features::schema::{Account, Chat, Contact, Media};
use crate::features::view_once::ViewOnceId;
use crate::graphql::{Entity, PageCursor, ReadError, Reader};

/// A view-once message.
#[derive(Debug, Clone)]
pub struct ViewOnceMessage(pub ViewOnce);

/// A view-once message.
#[Object]
impl ViewOnceMessage {
    /// Opaque global id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// The account that received the message.
    async fn account(&self, ctx: &Context<'_>) -> Result<Account> {
        Account::load(ctx, self.0.account).await
    }

    /// Chat of the message.
    async fn chat(&self, ctx: &Context<'_>) -> Result<Chat> {
        Chat::load(ctx, self.0.chat).await
    }

    /// Sender of the message.
    async fn sender(&self, ctx: &Context<'_>) -> Result<Contact> {
        Contact::load(ctx, self.0.sender).await
    }

    /// Kind of the content; null while WhatsApp has delivered only a placeholder, which does not name the kind.
    async fn kind(&self) -> Option<MediaKind> {
        self.0.kind
    }

    /// Outcome of the capture.
    async fn outcome(&self) -> CaptureOutcome {
        self.outcome_now()
    }

    /// Reason, in English, for which the content was not captured; null when it was captured or not delivered.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// True while the content is being fetched; an event announces the outcome.
    async fn is_capturing(&self) -> bool {
        self.0.is_capturing
    }

    /// Caption; null when there is none, and unless `outcome` is `CAPTURED`.
    async fn caption(&self) -> Option<&str> {
        self.0.caption.as_deref().filter(|_| self.is_captured())
    }

    /// Content; null unless `outcome` is `CAPTURED`, and when the content was deleted since.
    async fn media(&self, ctx: &Context<'_>) -> Result<Option<Media>> {
        match self.0.media.filter(|_| self.is_captured()) {
            Some(id) => Media::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// Time of arrival.
    async fn received_at(&self) -> DateTime<Utc> {
        self.0.received_at
    }

    /// Time of the capture; null unless `outcome` is `CAPTURED`.
    async fn captured_at(&self) -> Option<DateTime<Utc>> {
        self.0.captured_at
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
    /// Returns the position in a list.
    pub(super) fn page_cursor(&self) -> PageCursor {
        PageCursor {
            at: self.0.received_at,
            id: self.0.id.into(),
        }
    }

    fn outcome_now(&self) -> CaptureOutcome {
        // Lists and loads return only messages with an outcome; `retry` requires one.
        self.0.outcome.unwrap_or(CaptureOutcome::NotDelivered)
    }

    fn is_captured(&self) -> bool {
        self.0.outcome == Some(CaptureOutcome::Captured)
    }
}

impl Loader<ViewOnceId> for Reader {
    type Value = ViewOnce;
    type Error = ReadError;

    async fn load(&self, keys: &[ViewOnceId]) -> Result<HashMap<ViewOnceId, ViewOnce>, ReadError> {
        self.read(async |work| {
            let mut found = HashMap::with_capacity(keys.len());
            for row in store::load(work, keys).await? {
                let message = row.open(&work.key)?;
                // A message without an outcome is being captured for the first time, and is not shown yet.
                if message.outcome.is_some() {
                    found.insert(message.id, message);
                }
            }
            Ok(found)
        })
        .await
    }
}
