use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

use super::super::model::Edited;
use super::super::service::{EditedMessagesError, EditedMessagesService};
use crate::features::schema::{Account, Chat, Contact, MessageVersion, loader};
use crate::graphql::{PageCursor, internal, not_found};
use crate::id::{EditedMessageId, UserId};
use crate::messages::MessageKind;

/// A message that its author edited.
#[derive(Debug, Clone)]
pub struct EditedMessage(pub Edited);

/// A message that its author edited.
#[Object]
impl EditedMessage {
    /// Opaque and global.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// The account that saw it.
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

    /// What sort of message it is.
    async fn kind(&self) -> MessageKind {
        self.0.kind
    }

    /// What it says now, or what is under its picture now; empty when the author took all words away.
    async fn text(&self) -> &str {
        let newest = self.0.wordings.last();
        newest.map(|wording| wording.text.as_str()).unwrap_or_default()
    }

    /// Every wording, the oldest first: two or more, of which the last is `text`. Of a message that was edited more
    /// than 50 times, the first ones and the last.
    async fn versions(&self) -> Vec<MessageVersion> {
        let versions = self.0.wordings.iter().map(|wording| MessageVersion {
            text: wording.text.clone(),
            written_at: wording.written_at,
        });
        versions.collect()
    }

    /// When it was sent, by WhatsApp's clock.
    async fn sent_at(&self) -> DateTime<Utc> {
        let first = self.0.wordings.first();
        first.map_or(self.0.first_edited_at, |wording| wording.written_at)
    }

    /// When it was edited first, by WhatsApp's clock.
    async fn first_edited_at(&self) -> DateTime<Utc> {
        self.0.first_edited_at
    }

    /// When it was edited last, by WhatsApp's clock.
    async fn last_edited_at(&self) -> DateTime<Utc> {
        self.0.last_edited_at
    }
}

impl EditedMessage {
    /// The edited message with `id`, loaded together with the others that the request asks for.
    ///
    /// # Errors
    /// `INTERNAL` when the database fails, `NOT_FOUND` when it is nobody's or somebody else's.
    pub async fn load(ctx: &Context<'_>, id: EditedMessageId) -> Result<Self> {
        Self::find(ctx, id)
            .await?
            .ok_or_else(|| not_found("edited message"))
    }

    /// The same, for one that may be gone.
    ///
    /// # Errors
    /// `INTERNAL` when the database fails.
    pub async fn find(ctx: &Context<'_>, id: EditedMessageId) -> Result<Option<Self>> {
        let loader = loader::<EditedMessageLoader>(ctx)?;
        let message = loader.load_one(id).await.map_err(|e| internal(ctx, e))?;
        Ok(message.map(Self))
    }

    /// Where it stands in a list.
    pub(super) fn page_cursor(&self) -> PageCursor {
        PageCursor {
            at: self.0.last_edited_at,
            id: self.0.id.into(),
        }
    }
}

/// Loads edited messages of one user by id.
pub struct EditedMessageLoader {
    /// The service.
    pub service: EditedMessagesService,
    /// Whose messages.
    pub user: UserId,
}

impl Loader<EditedMessageId> for EditedMessageLoader {
    type Value = Edited;
    type Error = Arc<EditedMessagesError>;

    async fn load(&self, keys: &[EditedMessageId]) -> Result<HashMap<EditedMessageId, Edited>, Self::Error> {
        let found = self.service.load(self.user, keys).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|message| (message.id, message)).collect())
    }
}
