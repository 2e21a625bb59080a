//! The recording of messages, many at once.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Binary, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::store::{Hold, hold, seal};
use super::{MessageKind, Recorded};
use crate::account::{self, AccountRef};
use crate::contacts::{self, ChatKind, Names};
use crate::db::KeepPrepared as _;
use crate::db::schema::{self, messages};
use crate::event::Message;
use crate::id::{AccountId, ChatId, ContactId, MessageId};
use crate::plan;
use crate::work::Work;

/// As [`record`], of one message.
///
/// # Errors
/// The database's.
pub async fn record_one(work: &mut Work, account: AccountRef, message: &Message) -> QueryResult<Recorded> {
    let recorded = record(work, account, &[message]).await?;
    Ok(recorded[0])
}

/// Finds or creates the rows of the chats and the senders of messages that are about to be recorded together: one of them
/// may tell that two rows are one person's.
///
/// # Errors
/// The database's.
pub async fn meet(work: &mut Work, account: AccountRef, messages: &[&Message]) -> QueryResult<()> {
    for message in messages {
        resolve(work, account, message).await?;
    }
    Ok(())
}

async fn resolve(
    work: &mut Work,
    account: AccountRef,
    message: &Message,
) -> QueryResult<(ChatId, ChatKind, ContactId)> {
    let (chat, kind) = contacts::resolve_chat(work, account, &message.chat).await?;
    let names = Names {
        name: None,
        push_name: message.push_name.as_deref(),
        verified_name: message.verified_name.as_deref(),
        is_self: message.is_from_me,
    };
    let sender = contacts::resolve(work, account, &message.sender, names).await?;
    Ok((chat, kind, sender))
}

/// Records `messages`, whom they come from being [met](meet), and holds the contents that the owner's settings have held;
/// returns as many records in the same order. A message that is recorded already keeps its row.
///
/// # Errors
/// The database's.
pub async fn record(
    work: &mut Work,
    account: AccountRef,
    messages: &[&Message],
) -> QueryResult<Vec<Recorded>> {
    let mut recorded = Vec::with_capacity(messages.len());
    let mut new = NewMessages::default();
    for message in messages {
        let (chat, chat_kind, sender) = resolve(work, account, message).await?;
        let known = find_recorded(work, account, chat, sender, &message.wa_id).await?;
        let (id, is_new) = match known {
            Some(known) => {
                let is_new = supersede(work, account, known, chat_kind, message).await?;
                (known.id, is_new)
            }
            None => {
                let row = KnownMessage {
                    id: work.ids.next(),
                    kind: MessageKind::of(&message.content),
                    chat,
                    sender,
                };
                let held_until = held_until(work, account, chat_kind, message).await?;
                new.add(work, row, message, held_until);
                known_messages(work)
                    .entry((account.id, message.wa_id.clone()))
                    .or_default()
                    .push(row);
                (row.id, true)
            }
        };
        recorded.push(Recorded {
            id,
            is_new,
            chat,
            chat_kind,
            sender,
        });
    }
    let inserted = new.insert(work, account).await?;
    if inserted.len() < new.ids.len() {
        // Another transaction recorded some at the same moment.
        known_messages(work).clear();
        for (record, message) in recorded.iter_mut().zip(messages) {
            if record.is_new && new.ids.contains(&record.id) && !inserted.contains(&record.id) {
                let known = find_recorded(work, account, record.chat, record.sender, &message.wa_id)
                    .await?
                    .ok_or(diesel::result::Error::NotFound)?;
                (record.id, record.is_new) = (known.id, false);
            }
        }
    }
    Ok(recorded)
}

/// The time until which the content of a new message is held, in case its sender deletes or edits it; none when it is not.
async fn held_until(
    work: &mut Work,
    account: AccountRef,
    chat: ChatKind,
    message: &Message,
) -> QueryResult<Option<DateTime<Utc>>> {
    let is_holdable = !message.is_from_me && MessageKind::of(&message.content).can_be_held();
    if !is_holdable || !super::holding(work, account.id).await?.includes(chat) {
        return Ok(None);
    }
    let days = plan::present_entitlements(work).await?.deleted_message_days;
    Ok(Some(work.now + TimeDelta::days(days.into())))
}

/// Messages that are not recorded yet, column by column.
#[derive(Default)]
struct NewMessages {
    ids: Vec<MessageId>,
    chats: Vec<ChatId>,
    senders: Vec<ContactId>,
    wa_ids: Vec<String>,
    kinds: Vec<MessageKind>,
    from_me: Vec<bool>,
    sent_at: Vec<DateTime<Utc>>,
    contents: Vec<Option<Vec<u8>>>,
    held_until: Vec<Option<DateTime<Utc>>>,
}

impl NewMessages {
    fn add(&mut self, work: &Work, row: KnownMessage, message: &Message, held_until: Option<DateTime<Utc>>) {
        let text = held_until.and_then(|_| message.content.shown_text());
        self.ids.push(row.id);
        self.chats.push(row.chat);
        self.senders.push(row.sender);
        self.wa_ids.push(message.wa_id.clone());
        self.kinds.push(row.kind);
        self.from_me.push(message.is_from_me);
        self.sent_at.push(message.sent_at);
        self.contents.push(text.map(|text| seal(work, row.id, text)));
        self.held_until.push(held_until);
    }

    /// Inserts them in one statement, and returns the ids of those that nobody else recorded meanwhile.
    async fn insert(&self, work: &mut Work, account: AccountRef) -> QueryResult<HashSet<MessageId>> {
        if self.ids.is_empty() {
            return Ok(HashSet::new());
        }
        let now = work.now;
        let inserted: Vec<Inserted> = diesel::sql_query(INSERT)
            .bind::<SqlUuid, _>(account.user)
            .bind::<SqlUuid, _>(account.id)
            .bind::<Timestamptz, _>(now)
            .bind::<Array<SqlUuid>, _>(&self.ids)
            .bind::<Array<SqlUuid>, _>(&self.chats)
            .bind::<Array<SqlUuid>, _>(&self.senders)
            .bind::<Array<Text>, _>(&self.wa_ids)
            .bind::<Array<Text>, _>(&self.kinds)
            .bind::<Array<Bool>, _>(&self.from_me)
            .bind::<Array<Timestamptz>, _>(&self.sent_at)
            .bind::<Array<Nullable<Binary>>, _>(&self.contents)
            .bind::<Array<Nullable<Timestamptz>>, _>(&self.held_until)
            .keep_prepared()
            .load(work)
            .await?;
        Ok(inserted.into_iter().map(|row| row.id).collect())
    }
}

const INSERT: &str = "INSERT INTO messages (user_id, account_id, received_at,
        id, chat_id, sender_id, wa_id, kind, is_from_me, sent_at, content, held_until)
    SELECT $1, $2, $3, new.* FROM unnest($4, $5, $6, $7, $8, $9, $10, $11, $12) AS new
    ON CONFLICT DO NOTHING RETURNING id";

#[derive(QueryableByName)]
struct Inserted {
    #[diesel(sql_type = SqlUuid)]
    id: MessageId,
}

/// A message that is recorded.
#[derive(Debug, Clone, Copy, Queryable)]
struct KnownMessage {
    id: MessageId,
    kind: MessageKind,
    chat: ChatId,
    sender: ContactId,
}

/// The recorded messages that carry WhatsApp's ids, of which [`read_ahead`] read.
fn known_messages(work: &mut Work) -> &mut HashMap<(AccountId, String), Vec<KnownMessage>> {
    work.memo()
}

/// Reads which messages of a batch are recorded already, for [`record`] to find in the unit of work.
///
/// # Errors
/// The database's.
pub async fn read_ahead(work: &mut Work, account: AccountId, wa_ids: &[&str]) -> QueryResult<()> {
    if wa_ids.len() < 2 {
        return Ok(());
    }
    let rows: Vec<(String, KnownMessage)> = messages::table
        .filter(
            messages::account_id
                .eq(account)
                .and(messages::wa_id.eq_any(wa_ids)),
        )
        .order(messages::id)
        .select((
            messages::wa_id,
            (
                messages::id,
                messages::kind,
                messages::chat_id,
                messages::sender_id,
            ),
        ))
        .load(work)
        .await?;
    let known = known_messages(work);
    for wa_id in wa_ids {
        known.insert((account, (*wa_id).to_owned()), Vec::new());
    }
    for (wa_id, message) in rows {
        known.entry((account, wa_id)).or_default().push(message);
    }
    Ok(())
}

/// A message that was recorded before, under its sender's row or an alias of it.
async fn find_recorded(
    work: &mut Work,
    account: AccountRef,
    chat: ChatId,
    sender: ContactId,
    wa_id: &str,
) -> QueryResult<Option<KnownMessage>> {
    let named = known_messages(work).get(&(account.id, wa_id.to_owned())).cloned();
    match named.as_deref() {
        None => query_recorded(work, account, chat, sender, wa_id).await,
        Some([]) => Ok(None),
        Some(named) => {
            let senders = contacts::rows_of_sender(work, sender).await?;
            let own = named
                .iter()
                .find(|message| message.chat == chat && senders.contains(&message.sender));
            Ok(own.copied())
        }
    }
}

async fn query_recorded(
    conn: &mut AsyncPgConnection,
    account: AccountRef,
    chat: ChatId,
    sender: ContactId,
    wa_id: &str,
) -> QueryResult<Option<KnownMessage>> {
    let formerly = schema::contacts::table
        .filter(schema::contacts::same_as.eq(sender))
        .select(schema::contacts::id);
    messages::table
        .filter(messages::account_id.eq(account.id).and(messages::wa_id.eq(wa_id)))
        .filter(messages::chat_id.eq(chat))
        .filter(
            messages::sender_id
                .eq(sender)
                .or(messages::sender_id.eq_any(formerly)),
        )
        .order(messages::id)
        .select((
            messages::id,
            messages::kind,
            messages::chat_id,
            messages::sender_id,
        ))
        .first(conn)
        .await
        .optional()
}

/// Completes a message that did not decrypt at first and arrived again readable. Returns true then: the message counts as
/// new.
async fn supersede(
    work: &mut Work,
    account: AccountRef,
    known: KnownMessage,
    chat: ChatKind,
    message: &Message,
) -> QueryResult<bool> {
    let kind = MessageKind::of(&message.content);
    if known.kind != MessageKind::Undecrypted || kind == MessageKind::Undecrypted {
        return Ok(false);
    }
    // As a new row would.
    account::lock_shared(work, account.id).await?;
    known_messages(work).clear();
    diesel::update(messages::table.find(known.id))
        .set(messages::kind.eq(kind))
        .keep_prepared()
        .execute(work)
        .await?;
    if let Some(until) = held_until(work, account, chat, message).await? {
        let text = message.content.shown_text();
        hold(
            work,
            &[Hold {
                id: known.id,
                text,
                until,
            }],
        )
        .await?;
    }
    Ok(true)
}
