//! SQL of deleted messages.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Binary, Bool, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{DeletedRecord, DeletionOutcome, Loss};
use crate::account::AccountRef;
use crate::crypto::{CryptoError, DataKey, belongs_to};
use crate::db::schema::deleted_messages;
use crate::db::{KeepPrepared as _, array_text, column};
use crate::features::deleted_messages::DeletedMessageId;
use crate::id::{AccountId, ChatId, ContactId, MediaId, MessageId};
use crate::messages::MessageKind;
use crate::messages::search::{self, Rank};
use crate::notices::Deed;
use crate::visible_text::visible_lines;
use crate::work::Work;

/// Values of a new deletion.
#[derive(Debug)]
pub(super) struct NewDeleted<'a> {
    pub(super) id: DeletedMessageId,
    pub(super) chat: ChatId,
    pub(super) sender: ContactId,
    pub(super) deleted_by: ContactId,
    pub(super) wa_id: &'a str,
    pub(super) outcome: DeletionOutcome,
    pub(super) is_by_admin: bool,
    pub(super) deleted_at: DateTime<Utc>,
}

/// Known facts and content of the deleted message.
#[derive(Debug)]
pub(super) struct DeletedContent<'a> {
    pub(super) message: Option<MessageId>,
    pub(super) kind: MessageKind,
    pub(super) loss: Option<Loss>,
    pub(super) text: Option<&'a str>,
    pub(super) media: Option<MediaId>,
    /// Search terms.
    pub(super) terms: Vec<i64>,
    pub(super) sent_at: DateTime<Utc>,
}

/// Inserts deletions; returns the ids of those that were not stored already.
pub(super) async fn insert(
    work: &mut Work,
    account: AccountRef,
    new: &[(&NewDeleted<'_>, &DeletedContent<'_>)],
) -> QueryResult<HashSet<DeletedMessageId>> {
    if new.is_empty() {
        return Ok(HashSet::new());
    }
    let contents: Vec<Option<Vec<u8>>> = column(new, |(new, content)| seal(&work.key, new.id, content.text));
    let inserted: Vec<Inserted> = diesel::sql_query(INSERT)
        .bind::<SqlUuid, _>(account.user)
        .bind::<SqlUuid, _>(account.id)
        .bind::<SmallInt, _>(search::VERSION)
        .bind::<Array<SqlUuid>, _>(column(new, |(new, _)| new.id))
        .bind::<Array<SqlUuid>, _>(column(new, |(new, _)| new.chat))
        .bind::<Array<SqlUuid>, _>(column(new, |(new, _)| new.sender))
        .bind::<Array<SqlUuid>, _>(column(new, |(new, _)| new.deleted_by))
        .bind::<Array<Text>, _>(column(new, |(new, _)| new.wa_id))
        .bind::<Array<Text>, _>(column(new, |(new, _)| new.outcome))
        .bind::<Array<Bool>, _>(column(new, |(new, _)| new.is_by_admin))
        .bind::<Array<Timestamptz>, _>(column(new, |(new, _)| new.deleted_at))
        .bind::<Array<Nullable<SqlUuid>>, _>(column(new, |(_, content)| content.message))
        .bind::<Array<Text>, _>(column(new, |(_, content)| content.kind))
        .bind::<Array<Nullable<Text>>, _>(column(new, |(_, content)| content.loss))
        .bind::<Array<Nullable<Binary>>, _>(contents)
        .bind::<Array<Nullable<SqlUuid>>, _>(column(new, |(_, content)| content.media))
        .bind::<Array<Text>, _>(column(new, |(_, content)| array_text(&content.terms)))
        .bind::<Array<Timestamptz>, _>(column(new, |(_, content)| content.sent_at))
        .keep_prepared()
        .load(work)
        .await?;
    Ok(inserted.into_iter().map(|row| row.id).collect())
}

const INSERT: &str = "INSERT INTO deleted_messages (user_id, account_id, terms_version,
        id, chat_id, sender_id, deleted_by_id, wa_id, outcome, is_by_admin, deleted_at,
        message_id, kind, loss, content, media_id, terms, sent_at)
    SELECT $1, $2, $3, id, chat, sender, deleted_by, wa_id, outcome, is_by_admin, deleted_at,
        message, kind, loss, content, media, terms::bigint[], sent_at
    FROM unnest($4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
        AS new (id, chat, sender, deleted_by, wa_id, outcome, is_by_admin, deleted_at,
            message, kind, loss, content, media, terms, sent_at)
    ON CONFLICT DO NOTHING RETURNING id";

#[derive(QueryableByName)]
struct Inserted {
    #[diesel(sql_type = SqlUuid)]
    id: DeletedMessageId,
}

/// Completes a deletion whose message has arrived or was decrypted.
pub(super) async fn complete(
    work: &mut Work,
    id: DeletedMessageId,
    content: &DeletedContent<'_>,
) -> QueryResult<()> {
    diesel::update(deleted_messages::table.find(id))
        .set((
            deleted_messages::message_id.eq(content.message),
            deleted_messages::kind.eq(content.kind),
            deleted_messages::loss.eq(content.loss),
            deleted_messages::content.eq(seal(&work.key, id, content.text)),
            deleted_messages::media_id.eq(content.media),
            deleted_messages::terms.eq(&content.terms),
            deleted_messages::terms_version.eq(search::VERSION),
            deleted_messages::sent_at.eq(content.sent_at),
        ))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}

fn seal(key: &DataKey, id: DeletedMessageId, text: Option<&str>) -> Option<Vec<u8>> {
    text.map(|text| key.seal(&belongs_to("deleted_messages", "content", id), text.as_bytes()))
}

/// Those of the messages `wa_ids` in `chats` for which a deletion may wait.
pub(super) async fn wanted(
    conn: &mut AsyncPgConnection,
    account: AccountRef,
    chats: &[ChatId],
    wa_ids: &[&str],
) -> QueryResult<HashSet<String>> {
    let named: Vec<String> = deleted_messages::table
        .filter(
            deleted_messages::account_id
                .eq(account.id)
                .and(deleted_messages::chat_id.eq_any(chats))
                .and(deleted_messages::wa_id.eq_any(wa_ids)),
        )
        .select(deleted_messages::wa_id)
        .load(conn)
        .await?;
    Ok(named.into_iter().collect())
}

/// Finds the deletion that waits for a message by one of `senders`.
pub(super) async fn find_waiting(
    conn: &mut AsyncPgConnection,
    account: AccountRef,
    chat: ChatId,
    senders: &[ContactId],
    wa_id: &str,
) -> QueryResult<Option<DeletedMessageId>> {
    let waiting = [Loss::NeverArrived, Loss::NeverDecrypted];
    deleted_messages::table
        .filter(
            deleted_messages::account_id
                .eq(account.id)
                .and(deleted_messages::chat_id.eq(chat)),
        )
        .filter(
            deleted_messages::wa_id
                .eq(wa_id)
                .and(deleted_messages::sender_id.eq_any(senders)),
        )
        .filter(
            deleted_messages::outcome
                .eq(DeletionOutcome::Deleted)
                .and(deleted_messages::loss.eq_any(waiting)),
        )
        .select(deleted_messages::id)
        .first(conn)
        .await
        .optional()
}

/// Finds the deleted messages with this media, and their accounts.
pub(super) async fn find_by_media(
    conn: &mut AsyncPgConnection,
    media: MediaId,
) -> QueryResult<Vec<(DeletedMessageId, AccountId)>> {
    deleted_messages::table
        .filter(deleted_messages::media_id.eq(media))
        .select((deleted_messages::id, deleted_messages::account_id))
        .load(conn)
        .await
}

/// Row of a deleted message, with its text sealed.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = deleted_messages)]
pub(super) struct DeletedRow {
    id: DeletedMessageId,
    account_id: AccountId,
    chat_id: ChatId,
    sender_id: ContactId,
    deleted_by_id: ContactId,
    message_id: Option<MessageId>,
    outcome: DeletionOutcome,
    is_by_admin: bool,
    kind: MessageKind,
    loss: Option<Loss>,
    content: Option<Vec<u8>>,
    media_id: Option<MediaId>,
    sent_at: DateTime<Utc>,
    deleted_at: DateTime<Utc>,
}

impl DeletedRow {
    /// Decrypts the text.
    pub(super) fn open(self, key: &DataKey) -> Result<DeletedRecord, CryptoError> {
        let place = belongs_to("deleted_messages", "content", self.id);
        let text = self
            .content
            .map(|sealed| key.open(&place, &sealed))
            .transpose()?
            // Earlier releases stored texts as they came.
            .and_then(|plain| visible_lines(&String::from_utf8_lossy(&plain)));
        Ok(DeletedRecord {
            id: self.id,
            account: self.account_id,
            chat: self.chat_id,
            sender: self.sender_id,
            deleted_by: self.deleted_by_id,
            message: self.message_id,
            outcome: self.outcome,
            is_by_admin: self.is_by_admin,
            kind: self.kind,
            loss: self.loss,
            text,
            media: self.media_id,
            sent_at: self.sent_at,
            deleted_at: self.deleted_at,
            rank: Rank::default(),
        })
    }
}

/// Locks at most `limit` of the user's deleted messages with terms of another version of the index. Locked rows are
/// skipped.
pub(super) async fn lock_outdated(work: &mut Work, limit: i64) -> QueryResult<Vec<DeletedRow>> {
    deleted_messages::table
        .filter(deleted_messages::user_id.eq(work.user))
        .filter(deleted_messages::terms_version.lt(search::VERSION))
        .limit(limit)
        .select(DeletedRow::as_select())
        .for_update()
        .skip_locked()
        .load(work)
        .await
}

/// Writes the terms of a deleted message.
pub(super) async fn save_terms(
    conn: &mut AsyncPgConnection,
    id: DeletedMessageId,
    terms: &[i64],
) -> QueryResult<()> {
    diesel::update(deleted_messages::table.find(id))
        .set((
            deleted_messages::terms.eq(terms),
            deleted_messages::terms_version.eq(search::VERSION),
        ))
        .keep_prepared()
        .execute(conn)
        .await
        .map(drop)
}

/// Loads the user's deleted messages among `ids`.
pub(super) async fn load(
    conn: &mut AsyncPgConnection,
    ids: &[DeletedMessageId],
) -> QueryResult<Vec<DeletedRow>> {
    deleted_messages::table
        .filter(deleted_messages::id.eq_any(ids))
        .select(DeletedRow::as_select())
        .load(conn)
        .await
}

/// Loads the real deletions of the recorded `messages`.
pub(super) async fn load_of(
    conn: &mut AsyncPgConnection,
    messages: &[MessageId],
) -> QueryResult<Vec<DeletedRow>> {
    deleted_messages::table
        .filter(deleted_messages::message_id.eq_any(messages))
        .filter(deleted_messages::outcome.eq(DeletionOutcome::Deleted))
        .select(DeletedRow::as_select())
        .load(conn)
        .await
}

/// Columns of a deleted message that was removed.
#[derive(Debug, Queryable)]
pub(super) struct RemovedMessage {
    pub(super) account: AccountId,
    message: Option<MessageId>,
    pub(super) media: Option<MediaId>,
    loss: Option<Loss>,
}

impl RemovedMessage {
    /// The message whose versions belonged to the removed row. A lost message has none: anything held of it stays.
    pub(super) fn message(&self) -> Option<MessageId> {
        self.message.filter(|_| self.loss.is_none())
    }
}

/// Deletes the user's deleted message `id`; returns `None` when there is no such message.
pub(super) async fn delete(work: &mut Work, id: DeletedMessageId) -> QueryResult<Option<RemovedMessage>> {
    diesel::delete(deleted_messages::table.find(id))
        .returning((
            deleted_messages::account_id,
            deleted_messages::message_id,
            deleted_messages::media_id,
            deleted_messages::loss,
        ))
        .get_result(work)
        .await
        .optional()
}

/// Deletes at most `limit` of these messages, the oldest first. Locked rows are skipped.
pub(super) async fn delete_before(
    work: &mut Work,
    before: DateTime<Utc>,
    limit: i64,
) -> QueryResult<Vec<RemovedMessage>> {
    let due: Vec<DeletedMessageId> = deleted_messages::table
        .filter(deleted_messages::user_id.eq(work.user))
        .filter(deleted_messages::deleted_at.lt(before))
        .order((deleted_messages::deleted_at, deleted_messages::id))
        .limit(limit)
        .select(deleted_messages::id)
        .for_update()
        .skip_locked()
        .load(work)
        .await?;
    diesel::delete(deleted_messages::table.filter(deleted_messages::id.eq_any(due)))
        .returning((
            deleted_messages::account_id,
            deleted_messages::message_id,
            deleted_messages::media_id,
            deleted_messages::loss,
        ))
        .get_results(work)
        .await
}

/// Returns true when `id` is a real deletion, not a forged one.
pub(super) async fn is_deleted(conn: &mut AsyncPgConnection, id: DeletedMessageId) -> QueryResult<bool> {
    let real = deleted_messages::table
        .find(id)
        .filter(deleted_messages::outcome.eq(DeletionOutcome::Deleted));
    diesel::select(diesel::dsl::exists(real)).get_result(conn).await
}

/// Loads the contacts who deleted the messages among `ids`, and the chats.
pub(super) async fn deeds(conn: &mut AsyncPgConnection, ids: &[Uuid]) -> QueryResult<Vec<Deed>> {
    let rows: Vec<(Uuid, ContactId, ChatId)> = deleted_messages::table
        .filter(deleted_messages::id.eq_any(ids))
        .select((
            deleted_messages::id,
            deleted_messages::deleted_by_id,
            deleted_messages::chat_id,
        ))
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(Deed::from).collect())
}
