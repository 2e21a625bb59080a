//! SQL of edited messages.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{EditedRecord, Wording};
use crate::account::AccountRef;
use crate::crypto::{DataKey, belongs_to};
use crate::db::KeepPrepared as _;
use crate::db::schema::edited_messages;
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

/// Inserts an edited message or updates its versions; returns its id.
pub(super) async fn save(
    work: &mut Work,
    account: AccountRef,
    new: &NewEdited,
) -> QueryResult<EditedMessageId> {
    let known: Option<EditedMessageId> = edited_messages::table
        .filter(edited_messages::message_id.eq(new.message))
        .select(edited_messages::id)
        .for_update()
        .first(work)
        .await
        .optional()?;
    let id = known.unwrap_or(new.id);
    let edits = || new.wordings.iter().skip(1).map(|wording| wording.written_at);
    let (Some(first), Some(last)) = (edits().min(), edits().max()) else {
        return Err(diesel::result::Error::NotFound);
    };
    let plain =
        serde_json::to_vec(&new.wordings).map_err(|e| diesel::result::Error::SerializationError(e.into()))?;
    let columns = (
        edited_messages::wordings.eq(work.key.seal(&place_of_wordings(id), &plain)),
        edited_messages::terms.eq(&new.terms),
        edited_messages::terms_version.eq(search::VERSION),
        edited_messages::first_edited_at.eq(first),
        edited_messages::last_edited_at.eq(last),
    );
    diesel::insert_into(edited_messages::table)
        .values((
            edited_messages::id.eq(id),
            edited_messages::user_id.eq(account.user),
            edited_messages::account_id.eq(account.id),
            edited_messages::chat_id.eq(new.chat),
            edited_messages::sender_id.eq(new.sender),
            edited_messages::message_id.eq(Some(new.message)),
            edited_messages::kind.eq(new.kind),
            columns.clone(),
        ))
        .on_conflict(edited_messages::id)
        .do_update()
        .set(columns)
        .keep_prepared()
        .execute(work)
        .await?;
    Ok(id)
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
