use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, Object, Result};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Contact, loader};
use crate::contacts::ChatKind;
use crate::db::DbError;
use crate::db::schema::chats;
use crate::graphql::{internal, not_found};
use crate::id::{ChatId, ContactId, UserId};
use crate::work::Core;

/// A chat's row.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = chats)]
pub struct ChatRow {
    /// Its id.
    pub id: ChatId,
    /// What sort it is, as the database spells it.
    pub kind: String,
    /// The other side of a direct chat.
    pub contact_id: Option<ContactId>,
    /// WhatsApp's name of a group or channel.
    pub jid: Option<String>,
    /// A group's subject.
    pub name: Option<String>,
}

/// A conversation of an account.
#[derive(Debug, Clone)]
pub struct Chat(pub ChatRow);

/// A conversation of an account.
#[Object]
impl Chat {
    /// Opaque and global.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// What sort of conversation it is.
    async fn kind(&self) -> ChatKind {
        match self.0.kind.as_str() {
            "GROUP" => ChatKind::Group,
            "STATUS" => ChatKind::Status,
            "CHANNEL" => ChatKind::Channel,
            _ => ChatKind::Direct,
        }
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

impl Chat {
    /// The chat with `id`, loaded together with the others that the request asks for.
    ///
    /// # Errors
    /// `INTERNAL` when the database fails.
    pub async fn load(ctx: &Context<'_>, id: ChatId) -> Result<Self> {
        let loader = loader::<ChatLoader>(ctx)?;
        let row = loader
            .load_one(id)
            .await
            .map_err(|e| internal(ctx, e))?
            .ok_or_else(|| not_found("chat"))?;
        Ok(Self(row))
    }
}

/// Loads chats of one user by id.
pub struct ChatLoader {
    /// The services.
    pub core: Core,
    /// Whose chats.
    pub user: UserId,
}

impl Loader<ChatId> for ChatLoader {
    type Value = ChatRow;
    type Error = Arc<DbError>;

    async fn load(&self, keys: &[ChatId]) -> Result<HashMap<ChatId, ChatRow>, Self::Error> {
        let read = async {
            let mut tx = self.core.db.begin(self.user).await?;
            let rows: Vec<ChatRow> = chats::table
                .filter(chats::id.eq_any(keys))
                .select(ChatRow::as_select())
                .load(&mut *tx)
                .await?;
            tx.commit().await?;
            Ok::<_, DbError>(rows.into_iter().map(|row| (row.id, row)).collect())
        };
        read.await.map_err(Arc::new)
    }
}
