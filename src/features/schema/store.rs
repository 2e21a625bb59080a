//! SQL of the people and chats that every feature's types refer to.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::contacts::{ChatKind, PersonNames, SealedChatNames, SealedNames};
use crate::crypto::{CryptoError, DataKey};
use crate::db::schema::{chats, contacts};
use crate::graphql::PageCursor;
use crate::id::{AccountId, ChatId, ContactId};
use crate::work::{Work, unreadable};

/// A contact.
#[derive(Debug, Clone)]
pub struct ContactRow {
    /// Its id.
    pub id: ContactId,
    /// The account that knows the person.
    pub account_id: AccountId,
    /// The user part of the LID.
    pub lid: Option<String>,
    /// The names, and the phone number.
    pub names: PersonNames,
    /// True when it is the owner.
    pub is_self: bool,
    /// The owner muted the chat.
    pub is_muted: bool,
    /// The owner muted the statuses.
    pub is_status_muted: bool,
    /// The row that this one's names went to.
    pub same_as: Option<ContactId>,
    /// Time at which it was first seen.
    pub created_at: DateTime<Utc>,
}

impl ContactRow {
    /// The place in a list of contacts by time.
    pub fn place(&self) -> PageCursor {
        PageCursor {
            at: self.created_at,
            id: self.id.into(),
        }
    }

    /// The best name there is: that of [`PersonNames::best`], else the LID.
    pub fn display_name(&self) -> String {
        let name = self.names.best().or_else(|| self.lid.clone());
        name.unwrap_or_default()
    }
}

/// A contact as its row holds it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = contacts)]
pub struct SealedContactRow {
    id: ContactId,
    account_id: AccountId,
    lid: Option<String>,
    is_self: bool,
    is_muted: bool,
    is_status_muted: bool,
    same_as: Option<ContactId>,
    created_at: DateTime<Utc>,
    #[diesel(embed)]
    names: SealedNames,
}

impl SealedContactRow {
    /// Opens the row with the key of its user.
    ///
    /// # Errors
    /// [`CryptoError`].
    pub fn open(self, key: &DataKey) -> Result<ContactRow, CryptoError> {
        Ok(ContactRow {
            names: self.names.open(key)?,
            id: self.id,
            account_id: self.account_id,
            lid: self.lid,
            is_self: self.is_self,
            is_muted: self.is_muted,
            is_status_muted: self.is_status_muted,
            same_as: self.same_as,
            created_at: self.created_at,
        })
    }
}

/// The contacts among `ids`, in any order.
///
/// # Errors
/// The database's; among them a row that does not open.
pub async fn load_contacts(work: &mut Work, ids: &[ContactId]) -> QueryResult<Vec<ContactRow>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<SealedContactRow> = contacts::table
        .filter(contacts::id.eq_any(ids))
        .select(SealedContactRow::as_select())
        .load(work)
        .await?;
    let open = |row: SealedContactRow| row.open(&work.key).map_err(unreadable);
    rows.into_iter().map(open).collect()
}

/// A chat.
#[derive(Debug, Clone)]
pub struct ChatRow {
    /// Its id.
    pub id: ChatId,
    /// The account that has the chat.
    pub account_id: AccountId,
    /// The kind of conversation.
    pub kind: ChatKind,
    /// The other side of a direct chat.
    pub contact_id: Option<ContactId>,
    /// WhatsApp's name of a group or channel.
    pub jid: Option<String>,
    /// A group's subject.
    pub name: Option<String>,
    /// Time at which the chat was first seen.
    pub created_at: DateTime<Utc>,
}

impl ChatRow {
    /// The place in a list of chats by time.
    pub fn place(&self) -> PageCursor {
        PageCursor {
            at: self.created_at,
            id: self.id.into(),
        }
    }
}

/// A chat as its row holds it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = chats)]
pub struct SealedChatRow {
    id: ChatId,
    account_id: AccountId,
    kind: ChatKind,
    contact_id: Option<ContactId>,
    created_at: DateTime<Utc>,
    #[diesel(embed)]
    names: SealedChatNames,
}

impl SealedChatRow {
    /// Opens the row with the key of its user.
    ///
    /// # Errors
    /// [`CryptoError`].
    pub fn open(self, key: &DataKey) -> Result<ChatRow, CryptoError> {
        Ok(ChatRow {
            jid: self.names.open_jid(key)?,
            name: self.names.open_name(key)?,
            id: self.id,
            account_id: self.account_id,
            kind: self.kind,
            contact_id: self.contact_id,
            created_at: self.created_at,
        })
    }
}

/// The chats among `ids`, in any order.
///
/// # Errors
/// The database's; among them a row that does not open.
pub async fn load_chats(work: &mut Work, ids: &[ChatId]) -> QueryResult<Vec<ChatRow>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<SealedChatRow> = chats::table
        .filter(chats::id.eq_any(ids))
        .select(SealedChatRow::as_select())
        .load(work)
        .await?;
    let open = |row: SealedChatRow| row.open(&work.key).map_err(unreadable);
    rows.into_iter().map(open).collect()
}

/// The direct chats with the contacts among `ids`, in any order.
///
/// # Errors
/// The database's; among them a row that does not open.
pub async fn load_direct_chats(work: &mut Work, ids: &[ContactId]) -> QueryResult<Vec<ChatRow>> {
    let rows: Vec<SealedChatRow> = chats::table
        .filter(chats::contact_id.eq_any(ids))
        .select(SealedChatRow::as_select())
        .load(work)
        .await?;
    let open = |row: SealedChatRow| row.open(&work.key).map_err(unreadable);
    rows.into_iter().map(open).collect()
}
