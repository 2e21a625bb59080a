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

/// A message that may be viewed once.
#[derive(Debug, Clone)]
pub struct ViewOnceMessage(pub ViewOnce);

/// A message that may be viewed once.
#[Object]
impl ViewOnceMessage {
    /// Opaque and global.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// The account that it came to.
    async fn account(&self, ctx: &Context<'_>) -> Result<Account> {
        Account::load(ctx, self.0.account).await
    }

    /// Where it was written.
    async fn chat(&self, ctx: &Context<'_>) -> Result<Chat> {
        Chat::load(ctx, self.0.chat).await
    }

    /// Who wrote it.
    async fn sender(&self, ctx: &Context<'_>) -> Result<Contact> {
        Contact::load(ctx, self.0.sender).await
    }

    /// What it is; null while WhatsApp has delivered only a placeholder, which does not say.
    async fn kind(&self) -> Option<MediaKind> {
        self.0.kind
    }

    /// What became of it.
    async fn outcome(&self) -> CaptureOutcome {
        self.outcome_now()
    }

    /// Why its content is not kept, in English; null when it is, or was not delivered.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// Whether its content is being fetched just now; an event tells what came of it.
    async fn is_capturing(&self) -> bool {
        self.0.is_capturing
    }

    /// The words under it; null when there are none, and unless it is `CAPTURED`.
    async fn caption(&self) -> Option<&str> {
        self.0.caption.as_deref().filter(|_| self.is_captured())
    }

    /// Its content; null unless it is `CAPTURED`, and when it was deleted since.
    async fn media(&self, ctx: &Context<'_>) -> Result<Option<Media>> {
        match self.0.media.filter(|_| self.is_captured()) {
            Some(id) => Media::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// When it came.
    async fn received_at(&self) -> DateTime<Utc> {
        self.0.received_at
    }

    /// When its content was kept; null unless it is `CAPTURED`.
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
    /// Where it stands in a list.
    pub(super) fn page_cursor(&self) -> PageCursor {
        PageCursor {
            at: self.0.received_at,
            id: self.0.id.into(),
        }
    }

    fn outcome_now(&self) -> CaptureOutcome {
        // Whoever hands one out has made sure that it has an outcome.
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
                // A message without an outcome is still being captured, and shown to nobody.
                if message.outcome.is_some() {
                    found.insert(message.id, message);
                }
            }
            Ok(found)
        })
        .await
    }
}
