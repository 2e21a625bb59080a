//! SQL of edited messages.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Binary, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{EditedRecord, Wording};
use crate::account::AccountRef;
use crate::crypto::{DataKey, belongs_to};
use crate::db::schema::edited_messages;
use crate::db::{KeepPrepared as _, array_text, column};
use crate::features::edited_messages::EditedMessageId;
use crate::id::{AccountId, ChatId, ContactId, MessageId};
use crate::messages::MessageKind;
use crate::messages::search::{self, Rank};
use crate::notices::Deed;
use crate::visible_text::visible_lines;
use crate::work::Work;

/// Values of an edited message.
#[derive(Debug)]
pub(super) struct NewEdited {
    /// Id of the row, unless there is one already.
    pub(super) id: EditedMessageId,
    pub(super) chat: ChatId,
    pub(super) sender: ContactId,
    pub(super) message: MessageId,
    pub(super) kind: MessageKind,
    /// All versions, the oldest first: the original and at least one edit.
    pub(super) wordings: Vec<Wording>,
    /// Search terms.
    pub(super) terms: Vec<i64>,
}

/// Inserts edited messages or updates their versions, each message once; returns their ids in the same order.
pub(super) async fn save(
    work: &mut Work,
    account: AccountRef,
    new: &[NewEdited],
) -> QueryResult<Vec<EditedMessageId>> {
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let known = lock_of(work, &column(new, |edited| edited.message)).await?;
    let ids: Vec<EditedMessageId> = column(new, |edited| {
        known.get(&edited.message).copied().unwrap_or(edited.id)
    });
    let (mut wordings, mut first, mut last) = (Vec::new(), Vec::new(), Vec::new());
    for (edited, id) in new.iter().zip(&ids) {
        let plain = serde_json::to_vec(&edited.wordings)
            .map_err(|e| diesel::result::Error::SerializationError(e.into()))?;
        wordings.push(work.key.seal(&place_of_wordings(*id), &plain));
        let edits = || edited.wordings.iter().skip(1).map(|wording| wording.written_at);
        first.push(edits().min().ok_or(diesel::result::Error::NotFound)?);
        last.push(edits().max().ok_or(diesel::result::Error::NotFound)?);
    }
    diesel::sql_query(SAVE)
        .bind::<SqlUuid, _>(account.user)
        .bind::<SqlUuid, _>(account.id)
        .bind::<SmallInt, _>(search::VERSION)
        .bind::<Array<SqlUuid>, _>(&ids)
        .bind::<Array<SqlUuid>, _>(column(new, |edited| edited.chat))
        .bind::<Array<SqlUuid>, _>(column(new, |edited| edited.sender))
        .bind::<Array<SqlUuid>, _>(column(new, |edited| edited.message))
        .bind::<Array<Text>, _>(column(new, |edited| edited.kind))
        .bind::<Array<Binary>, _>(wordings)
        .bind::<Array<Text>, _>(column(new, |edited| array_text(&edited.terms)))
        .bind::<Array<Timestamptz>, _>(first)
        .bind::<Array<Timestamptz>, _>(last)
        .keep_prepared()
        .execute(work)
        .await?;
    Ok(ids)
}

const SAVE: &str = "INSERT INTO edited_messages (user_id, account_id, terms_version,
        id, chat_id, sender_id, message_id, kind, wordings, terms, first_edited_at, last_edited_at)
    SELECT $1, $2, $3, id, chat, sender, message, kind, wordings, terms::bigint[], first_at, last_at
    FROM unnest($4, $5, $6, $7, $8, $9, $10, $11, $12)
        AS new (id, chat, sender, message, kind, wordings, terms, first_at, last_at)
    ON CONFLICT (id) DO UPDATE SET (wordings, terms, terms_version, first_edited_at, last_edited_at)
        = (excluded.wordings, excluded.terms, excluded.terms_version, excluded.first_edited_at, excluded.last_edited_at)";

/// Locks the rows of those of `messages` that have one.
async fn lock_of(
    conn: &mut AsyncPgConnection,
    messages: &[MessageId],
) -> QueryResult<HashMap<MessageId, EditedMessageId>> {
    let rows: Vec<(MessageId, EditedMessageId)> = edited_messages::table
        .filter(edited_messages::message_id.eq_any(messages))
        .order(edited_messages::id)
        .select((edited_messages::message_id.assume_not_null(), edited_messages::id))
        .for_update()
        .load(conn)
        .await?;
    Ok(rows.into_iter().collect())
}

fn place_of_wordings(id: EditedMessageId) -> String {
    belongs_to("edited_messages", "wordings", id)
}

/// Row of an edited message, with its versions sealed.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = edited_messages)]
pub(super) struct EditedRow {
    id: EditedMessageId,
    account_id: AccountId,
    chat_id: ChatId,
    sender_id: ContactId,
    message_id: Option<MessageId>,
    kind: MessageKind,
    wordings: Vec<u8>,
    first_edited_at: DateTime<Utc>,
    last_edited_at: DateTime<Utc>,
}

impl EditedRow {
    /// Decrypts the versions.
    ///
    /// # Errors
    /// `DeserializationError` when the versions cannot be decrypted.
    pub(super) fn open(self, key: &DataKey) -> QueryResult<EditedRecord> {
        let broken =
            |e: Box<dyn std::error::Error + Send + Sync>| diesel::result::Error::DeserializationError(e);
        let plain = key
            .open(&place_of_wordings(self.id), &self.wordings)
            .map_err(|e| broken(e.into()))?;
        let mut wordings: Vec<Wording> = serde_json::from_slice(&plain).map_err(|e| broken(e.into()))?;
        for wording in &mut wordings {
            // Earlier releases stored texts as they came.
            wording.text = visible_lines(&wording.text).unwrap_or_default();
        }
        Ok(EditedRecord {
            id: self.id,
            account: self.account_id,
            chat: self.chat_id,
            sender: self.sender_id,
            message: self.message_id,
            kind: self.kind,
            wordings,
            first_edited_at: self.first_edited_at,
            last_edited_at: self.last_edited_at,
            rank: Rank::default(),
        })
    }
}

/// Locks at most `limit` of the user's edited messages with terms of another version of the index. Locked rows are
/// skipped.
pub(super) async fn lock_outdated(work: &mut Work, limit: i64) -> QueryResult<Vec<EditedRow>> {
    edited_messages::table
        .filter(edited_messages::user_id.eq(work.user))
        .filter(edited_messages::terms_version.lt(search::VERSION))
        .limit(limit)
        .select(EditedRow::as_select())
        .for_update()
        .skip_locked()
        .load(work)
        .await
}

/// Writes the terms of an edited message.
pub(super) async fn save_terms(
    conn: &mut AsyncPgConnection,
    id: EditedMessageId,
    terms: &[i64],
) -> QueryResult<()> {
    diesel::update(edited_messages::table.find(id))
        .set((
            edited_messages::terms.eq(terms),
            edited_messages::terms_version.eq(search::VERSION),
        ))
        .keep_prepared()
        .execute(conn)
        .await
        .map(drop)
}

/// Loads the user's edited messages among `ids`.
pub(super) async fn load(
    conn: &mut AsyncPgConnection,
    ids: &[EditedMessageId],
) -> QueryResult<Vec<EditedRow>> {
    edited_messages::table
        .filter(edited_messages::id.eq_any(ids))
        .select(EditedRow::as_select())
        .load(conn)
        .await
}

/// Loads the user's edited messages among the recorded `messages`.
pub(super) async fn load_of(
    conn: &mut AsyncPgConnection,
    messages: &[MessageId],
) -> QueryResult<Vec<EditedRow>> {
    edited_messages::table
        .filter(edited_messages::message_id.eq_any(messages))
        .select(EditedRow::as_select())
        .load(conn)
        .await
}

/// Deletes the user's edited message `id`; returns its account and the message that was edited.
pub(super) async fn delete(
    work: &mut Work,
    id: EditedMessageId,
) -> QueryResult<Option<(AccountId, Option<MessageId>)>> {
    diesel::delete(edited_messages::table.find(id))
        .returning((edited_messages::account_id, edited_messages::message_id))
        .get_result(work)
        .await
        .optional()
}

/// True when the user has the edited message `id`.
pub(super) async fn exists(conn: &mut AsyncPgConnection, id: EditedMessageId) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(edited_messages::table.find(id)))
        .get_result(conn)
        .await
}

/// Loads the senders of the edited messages among `ids`, and their chats.
pub(super) async fn deeds(conn: &mut AsyncPgConnection, ids: &[Uuid]) -> QueryResult<Vec<Deed>> {
    let rows: Vec<(Uuid, ContactId, ChatId)> = edited_messages::table
        .filter(edited_messages::id.eq_any(ids))
        .select((
            edited_messages::id,
            edited_messages::sender_id,
            edited_messages::chat_id,
        ))
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(Deed::from).collect())
}
