use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

use super::super::model::{DeletedRecord, DeletionOutcome, Loss};
use super::loaders::VersionsOf;
use crate::features::deleted_messages::DeletedMessageId;
use crate::features::schema::{Account, Chat, Contact, Media, MessageVersion};
use crate::graphql::{Entity, PageCursor, find};
use crate::messages::MessageKind;

/// A message that was deleted for everyone, or that somebody claimed to delete.
#[derive(Debug, Clone)]
pub struct DeletedMessage(pub DeletedRecord);

/// A message that was deleted for everyone, or that somebody claimed to delete.
#[Object]
impl DeletedMessage {
    /// Opaque and global.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// The account that saw it.
    async fn account(&self, ctx: &Context<'_>) -> Result<Account> {
        Account::load(ctx, self.0.account).await
    }

    /// Where it was written; of kind `STATUS` for a deleted status.
    async fn chat(&self, ctx: &Context<'_>) -> Result<Chat> {
        Chat::load(ctx, self.0.chat).await
    }

    /// Who wrote it. While the message has not come: whose it is said to be.
    async fn sender(&self, ctx: &Context<'_>) -> Result<Contact> {
        Contact::load(ctx, self.0.sender).await
    }

    /// Who deleted it, or claimed to.
    async fn deleted_by(&self, ctx: &Context<'_>) -> Result<Contact> {
        Contact::load(ctx, self.0.deleted_by).await
    }

    /// Whether somebody deleted it who did not write it, as an admin of the group.
    async fn is_by_admin(&self) -> bool {
        self.0.is_by_admin
    }

    /// Whether the deletion was real.
    async fn outcome(&self) -> DeletionOutcome {
        self.0.outcome
    }

    /// Whether what it said is known; if not, `loss` says why.
    async fn is_recovered(&self) -> bool {
        self.0.loss.is_none()
    }

    /// Why there is nothing to show; null when there is.
    async fn loss(&self) -> Option<Loss> {
        self.0.loss
    }

    /// What sort of message it was; `UNDECRYPTED` while it has not come.
    async fn kind(&self) -> MessageKind {
        self.0.kind
    }

    /// Its last words, or those under its picture; null when there were none or they are lost.
    async fn text(&self) -> Option<&str> {
        self.0.text.as_deref()
    }

    /// Its picture, video, sound or file; null when it had none, or it was not to be kept. It is fetched after the
    /// deletion: `messageDeleted` tells of the message again when that is over.
    async fn media(&self, ctx: &Context<'_>) -> Result<Option<Media>> {
        match self.0.media {
            Some(id) => Media::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// Every wording it had, the oldest first: one unless it was edited, none when its words are lost.
    async fn versions(&self, ctx: &Context<'_>) -> Result<Vec<MessageVersion>> {
        let (Some(text), Some(message)) = (&self.0.text, self.0.message) else {
            return Ok(Vec::new());
        };
        let edits = find(ctx, VersionsOf(message)).await?;
        let only = || MessageVersion {
            text: text.clone(),
            written_at: self.0.sent_at,
        };
        Ok(edits.map_or_else(
            || vec![only()],
            |edits| edits.into_iter().map(MessageVersion::from).collect(),
        ))
    }

    /// When it was sent, by WhatsApp's clock. Of a message that never came, when it was deleted: it was sent before.
    async fn sent_at(&self) -> DateTime<Utc> {
        self.0.sent_at
    }

    /// When it was deleted, by WhatsApp's clock.
    async fn deleted_at(&self) -> DateTime<Utc> {
        self.0.deleted_at
    }
}

impl Entity for DeletedMessage {
    type Id = DeletedMessageId;
    type Row = DeletedRecord;
    const NAME: &'static str = "deleted message";

    fn of(_: &Context<'_>, row: DeletedRecord) -> Self {
        Self(row)
    }
}

impl DeletedMessage {
    /// Where it stands in a list.
    pub(super) fn page_cursor(&self) -> PageCursor {
        PageCursor {
            at: self.0.deleted_at,
            id: self.0.id.into(),
        }
    }
}
