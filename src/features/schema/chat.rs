use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, Object, Result};

use super::Contact;
use super::store::{self, ChatRow};
use crate::contacts::ChatKind;
use crate::graphql::{Entity, ReadError, Reader};
use crate::id::ChatId;

/// A conversation of an account.
#[derive(Debug, Clone)]
pub struct Chat(pub ChatRow);

/// A conversation of an account.
#[Object]
impl Chat {
    /// Opaque global id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// Kind of conversation.
    async fn kind(&self) -> ChatKind {
        self.0.kind
    }

    /// The other side of a direct chat; null for the rest.
    async fn contact(&self, ctx: &Context<'_>) -> Result<Option<Contact>> {
        match self.0.contact_id {
            Some(id) => Contact::load(ctx, id).await.map(Some),
            None => Ok(None),
        }
    }

    /// WhatsApp's name of a group or channel; null for the rest.
    async fn jid(&self) -> Option<&str> {
        self.0.jid.as_deref()
    }

    /// A group's subject, where known.
    async fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }
}

impl Entity for Chat {
    type Id = ChatId;
    type Row = ChatRow;
    const NAME: &'static str = "chat";

    fn of(_: &Context<'_>, row: ChatRow) -> Self {
        Self(row)
    }
}

impl Loader<ChatId> for Reader {
    type Value = ChatRow;
    type Error = ReadError;

    async fn load(&self, keys: &[ChatId]) -> Result<HashMap<ChatId, ChatRow>, ReadError> {
        self.read(async |work| {
            let rows = store::load_chats(work, keys).await?;
            Ok(rows.into_iter().map(|row| (row.id, row)).collect())
        })
        .await
    }
}
