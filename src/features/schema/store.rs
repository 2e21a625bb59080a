//! SQL of the people and chats that every feature's types refer to.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::contacts::ChatKind;
use crate::db::schema::{chats, contacts};
use crate::id::{ChatId, ContactId};

/// A contact's row.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = contacts)]
pub struct ContactRow {
    /// Its id.
    pub id: ContactId,
    /// The user part of the LID.
    pub lid: Option<String>,
    /// Digits with country code.
    pub phone_number: Option<String>,
    /// Name in the owner's address book.
    pub name: Option<String>,
    /// Name that the person chose.
    pub push_name: Option<String>,
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
    /// The best name there is: the address book's, else what they call themselves, else the phone number, else the LID.
    pub fn display_name(&self) -> String {
        let number = || self.phone_number.as_ref().map(|digits| format!("+{digits}"));
        self.name
            .clone()
            .or_else(|| self.push_name.clone())
            .or_else(number)
            .or_else(|| self.lid.clone())
            .unwrap_or_default()
    }
}

/// The contacts among `ids`, in any order.
pub(super) async fn load_contacts(
    conn: &mut AsyncPgConnection,
    ids: &[ContactId],
) -> QueryResult<Vec<ContactRow>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    contacts::table
        .filter(contacts::id.eq_any(ids))
        .select(ContactRow::as_select())
        .load(conn)
        .await
}

/// A chat's row.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = chats)]
pub struct ChatRow {
    /// Its id.
    pub id: ChatId,
    /// The kind of conversation.
    pub kind: ChatKind,
    /// The other side of a direct chat.
    pub contact_id: Option<ContactId>,
    /// WhatsApp's name of a group or channel.
    pub jid: Option<String>,
    /// A group's subject.
    pub name: Option<String>,
}

/// The chats among `ids`, in any order.
pub(super) async fn load_chats(conn: &mut AsyncPgConnection, ids: &[ChatId]) -> QueryResult<Vec<ChatRow>> {
    chats::table
        .filter(chats::id.eq_any(ids))
        .select(ChatRow::as_select())
        .load(conn)
        .await
}
