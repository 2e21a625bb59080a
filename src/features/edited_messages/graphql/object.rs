use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

use super::super::model::EditedRecord;
use super::loaders::MediaOf;
use crate::features::DeletedMessage;
use crate::features::edited_messages::EditedMessageId;
use crate::features::schema::{
    Account, Chat, Contact, KeptMessageKind, Media, MessageVersion, find_of_message,
};
use crate::graphql::{Entity, RankedCursor, find};

/// A message that its author edited.
#[derive(Debug, Clone)]
pub struct EditedMessage(pub EditedRecord);

/// A message that its author edited.
#[Object]
impl EditedMessage {
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

    /// Kind of the message.
    pub(in crate::features) async fn kind(&self) -> KeptMessageKind {
        self.0.kind.into()
    }

    /// Current text, or current caption of the media; empty when the author removed all text.
    async fn text(&self) -> &str {
        self.newest_text()
    }

    /// Picture, video, sound or file of the message, while the message is held or kept as a deleted one; null later, and
    /// when there is none.
    pub(in crate::features) async fn media(&self, ctx: &Context<'_>) -> Result<Option<Media>> {
        let Some(message) = self.0.message else {
            return Ok(None);
        };
        match find(ctx, MediaOf(message)).await? {
            Some(id) => Media::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// All versions, the oldest first: two or more, of which the last is `text`. For a message that was edited more
    /// than 50 times, the first ones and the last.
    async fn versions(&self) -> Vec<MessageVersion> {
        let versions = self.0.wordings.iter().map(|wording| MessageVersion {
            text: wording.text.clone(),
            written_at: wording.written_at,
        });
        versions.collect()
    }

    /// Time of sending, by WhatsApp's clock.
    pub(in crate::features) async fn sent_at(&self) -> DateTime<Utc> {
        let first = self.0.wordings.first();
        first.map_or(self.0.first_edited_at, |wording| wording.written_at)
    }

    /// The deletion of the message; null when the message is not deleted, and when the deletion is no longer kept.
    async fn deleted_message(&self, ctx: &Context<'_>) -> Result<Option<DeletedMessage>> {
        find_of_message(ctx, self.0.message).await
    }

    /// Time of the first edit, by WhatsApp's clock.
    async fn first_edited_at(&self) -> DateTime<Utc> {
        self.0.first_edited_at
    }

    /// Time of the last edit, by WhatsApp's clock.
    async fn last_edited_at(&self) -> DateTime<Utc> {
        self.0.last_edited_at
    }
}

impl Entity for EditedMessage {
    type Id = EditedMessageId;
    type Row = EditedRecord;
    const NAME: &'static str = "edited message";

    fn of(_: &Context<'_>, row: EditedRecord) -> Self {
        Self(row)
    }
}

impl EditedMessage {
    /// The text as `KeptMessage` has it.
    pub(in crate::features) async fn kept_text(&self, _: &Context<'_>) -> Result<Option<&str>> {
        Ok(Some(self.newest_text()))
    }

    fn newest_text(&self) -> &str {
        self.0.wordings.last().map_or("", |wording| wording.text.as_str())
    }

    /// Returns the position in a list.
    pub(super) fn page_cursor(&self) -> RankedCursor {
        RankedCursor {
            rank: self.0.rank.number(),
            place: self.0.place(),
        }
    }
}
