//! The people, chats and messages that the rule looks at.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::contacts::ChatKind;
use crate::db::schema::{chats, messages};
use crate::features::schema::{ContactRow, load_contacts};
use crate::id::{AccountId, ChatId, ContactId};
use crate::messages::MessageKind;
use crate::work::Work;

/// The kinds of message that may get a reply, or that count as the owner's answer.
const CONVERSATION_KINDS: [MessageKind; 7] = [
    MessageKind::Text,
    MessageKind::Image,
    MessageKind::Video,
    MessageKind::Audio,
    MessageKind::Sticker,
    MessageKind::Document,
    MessageKind::ViewOnce,
];

/// The sender of a message.
#[derive(Debug, Clone)]
pub(in crate::features::auto_reply) struct Sender(ContactRow);

impl Sender {
    /// The row by which the message names the sender.
    pub(in crate::features::auto_reply) const fn id(&self) -> ContactId {
        self.0.id
    }

    /// True for the owner.
    pub(in crate::features::auto_reply) const fn is_self(&self) -> bool {
        self.0.is_self
    }

    /// The sender's name for a reply: their own WhatsApp name rather than the one in the owner's address book.
    pub(in crate::features::auto_reply) fn display_name(&self) -> String {
        let names = &self.0.names;
        names
            .push_name
            .clone()
            .or_else(|| names.best())
            .unwrap_or_default()
    }

    /// The row that represents this person.
    pub(in crate::features::auto_reply) fn person(&self) -> ContactId {
        self.0.same_as.unwrap_or(self.0.id)
    }
}

/// Loads the senders `ids`, by id.
pub(in crate::features::auto_reply) async fn load_senders(
    work: &mut Work,
    ids: &[ContactId],
) -> QueryResult<HashMap<ContactId, Sender>> {
    let found = load_contacts(work, ids).await?;
    Ok(found.into_iter().map(|row| (row.id, Sender(row))).collect())
}

/// The contact of a direct chat; none for other chats.
pub(in crate::features::auto_reply) async fn find_direct_contact(
    conn: &mut AsyncPgConnection,
    chat: ChatId,
) -> QueryResult<Option<ContactId>> {
    let found: Option<Option<ContactId>> = chats::table
        .find(chat)
        .select(chats::contact_id)
        .first(conn)
        .await
        .optional()?;
    Ok(found.flatten())
}

/// Returns true when the owner wrote to one of `people` at or after `since`.
pub(in crate::features::auto_reply) async fn has_owner_written(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    people: &[ContactId],
    since: DateTime<Utc>,
) -> QueryResult<bool> {
    let with_them = chats::table
        .filter(chats::contact_id.eq_any(people))
        .select(chats::id);
    let own = messages::table
        .filter(messages::account_id.eq(account).and(messages::sent_at.ge(since)))
        .filter(messages::is_from_me.and(messages::chat_id.eq_any(with_them)))
        .filter(messages::kind.eq_any(CONVERSATION_KINDS.map(MessageKind::as_str)));
    diesel::select(diesel::dsl::exists(own)).get_result(conn).await
}

/// An incoming message.
#[derive(Debug, Clone, Queryable)]
pub(in crate::features::auto_reply) struct IncomingMessage {
    pub(in crate::features::auto_reply) sender: ContactId,
    pub(in crate::features::auto_reply) sent_at: DateTime<Utc>,
    pub(in crate::features::auto_reply) received_at: DateTime<Utc>,
}

/// Messages in direct chats to the owner after `since`: the newest `limit`, oldest first.
pub(in crate::features::auto_reply) async fn list_incoming(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    since: DateTime<Utc>,
    limit: i64,
) -> QueryResult<Vec<IncomingMessage>> {
    let direct = chats::table
        .filter(
            chats::account_id
                .eq(account)
                .and(chats::kind.eq(ChatKind::Direct)),
        )
        .select(chats::id);
    let mut found: Vec<IncomingMessage> = messages::table
        .filter(messages::account_id.eq(account).and(messages::sent_at.gt(since)))
        .filter(
            messages::is_from_me
                .eq(false)
                .and(messages::chat_id.eq_any(direct)),
        )
        .filter(messages::kind.eq_any(CONVERSATION_KINDS.map(MessageKind::as_str)))
        .order((messages::sent_at.desc(), messages::id.desc()))
        .limit(limit)
        .select((messages::sender_id, messages::sent_at, messages::received_at))
        .load(conn)
        .await?;
    found.reverse();
    Ok(found)
}
