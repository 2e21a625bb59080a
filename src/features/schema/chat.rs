use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

use super::store::{self, ChatRow};
use super::{Account, Contact};
use crate::contacts::ChatKind;
use crate::graphql::{Entity, ReadError, Reader};
use crate::id::{ChatId, ContactId};

/// Conversation of an account.
#[derive(Debug, Clone)]
pub struct Chat(pub ChatRow);

/// Conversation of an account.
#[Object]
impl Chat {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// Account that has the chat.
    async fn account(&self, ctx: &Context<'_>) -> Result<Account> {
        Account::load(ctx, self.0.account_id).await
    }

    /// Kind of the chat.
    async fn kind(&self) -> ChatKind {
        self.0.kind
    }

    /// Best name that is known: the `displayName` of the contact of a direct chat, the subject of a group, else the JID;
    /// `Status` for the chat of all statuses.
    async fn display_name(&self, ctx: &Context<'_>) -> Result<String> {
        let ChatRow { jid, name, .. } = &self.0;
        if let Some(contact) = self.person(ctx).await? {
            return Ok(contact.0.display_name());
        }
        let known = name.as_ref().or(jid.as_ref()).cloned();
        Ok(known.unwrap_or_else(|| "Status".to_owned()))
    }

    /// Other side of a direct chat; null for chats of other kinds.
    async fn contact(&self, ctx: &Context<'_>) -> Result<Option<Contact>> {
        self.person(ctx).await
    }

    /// WhatsApp's id of a group or channel, such as `120363041234567890@g.us`; null for chats of other kinds.
    async fn jid(&self) -> Option<&str> {
        self.0.jid.as_deref()
    }

    /// Subject of a group; null where it is not known, and for chats of other kinds.
    async fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// Time at which the chat was first seen.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}

impl Chat {
    async fn person(&self, ctx: &Context<'_>) -> Result<Option<Contact>> {
        match self.0.contact_id {
            Some(id) => Contact::load(ctx, id).await.map(Some),
            None => Ok(None),
        }
    }
}

/// The direct chat with a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DirectChatWith(pub ContactId);

impl Loader<DirectChatWith> for Reader {
    type Value = ChatRow;
    type Error = ReadError;

    async fn load(&self, keys: &[DirectChatWith]) -> Result<HashMap<DirectChatWith, ChatRow>, ReadError> {
        self.read(async |work| {
            let people: Vec<ContactId> = keys.iter().map(|with| with.0).collect();
            let rows = store::load_direct_chats(work, &people).await?;
            let of_person = |row: ChatRow| Some((DirectChatWith(row.contact_id?), row));
            Ok(rows.into_iter().filter_map(of_person).collect())
        })
        .await
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
