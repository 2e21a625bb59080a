//! SQL of statuses and their deletions.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, Binary, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::super::model::{self, StatusKind};
use crate::account::AccountRef;
use crate::crypto::{CryptoError, DataKey, belongs_to};
use crate::db::schema::{messages, statuses};
use crate::db::{KeepPrepared as _, column};
use crate::features::statuses::StatusId;
use crate::graphql::{Page, count_rows, newest_first};
use crate::id::{AccountId, ContactId, MediaId, MessageId, UserId};
use crate::visible_text::visible_lines;
use crate::work::Work;

/// Row of a status, with its text sealed.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = statuses)]
pub(in crate::features::statuses) struct StatusRow {
    id: StatusId,
    account_id: AccountId,
    message_id: MessageId,
    author_id: ContactId,
    kind: StatusKind,
    content: Option<Vec<u8>>,
    media_id: Option<MediaId>,
    is_own: bool,
    posted_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    deleted_at: Option<DateTime<Utc>>,
}

impl StatusRow {
    /// Decrypts the text.
    pub(in crate::features::statuses) fn open(
        self,
        key: &DataKey,
    ) -> Result<model::StatusRecord, CryptoError> {
        let place = belongs_to("statuses", "content", self.id);
        let text = self
            .content
            .map(|sealed| key.open(&place, &sealed))
            .transpose()?
            // Earlier releases stored texts as they came.
            .and_then(|plain| visible_lines(&String::from_utf8_lossy(&plain)));
        Ok(model::StatusRecord {
            id: self.id,
            account: self.account_id,
            message: self.message_id,
            author: self.author_id,
            kind: self.kind,
            text,
            media: self.media_id,
            is_own: self.is_own,
            posted_at: self.posted_at,
            expires_at: self.expires_at,
            deleted_at: self.deleted_at,
        })
    }
}

/// Values of a new status.
#[derive(Debug)]
pub(in crate::features::statuses) struct NewStatus<'a> {
    pub(in crate::features::statuses) id: StatusId,
    pub(in crate::features::statuses) message: MessageId,
    pub(in crate::features::statuses) author: ContactId,
    pub(in crate::features::statuses) kind: StatusKind,
    pub(in crate::features::statuses) text: Option<&'a str>,
    pub(in crate::features::statuses) media: Option<MediaId>,
    pub(in crate::features::statuses) is_own: bool,
    pub(in crate::features::statuses) posted_at: DateTime<Utc>,
    pub(in crate::features::statuses) deleted_at: Option<DateTime<Utc>>,
}

/// Inserts statuses in one statement; returns those that were not stored already.
pub(in crate::features::statuses) async fn insert(
    work: &mut Work,
    account: AccountRef,
    new: &[NewStatus<'_>],
) -> QueryResult<HashSet<StatusId>> {
    let sealed = |status: &NewStatus<'_>| {
        let place = belongs_to("statuses", "content", status.id);
        status.text.map(|text| work.key.seal(&place, text.as_bytes()))
    };
    let contents = column(new, sealed);
    let inserted: Vec<Inserted> = diesel::sql_query(INSERT)
        .bind::<SqlUuid, _>(account.user)
        .bind::<SqlUuid, _>(account.id)
        .bind::<Array<SqlUuid>, _>(column(new, |status| status.id))
        .bind::<Array<SqlUuid>, _>(column(new, |status| status.message))
        .bind::<Array<SqlUuid>, _>(column(new, |status| status.author))
        .bind::<Array<Text>, _>(column(new, |status| status.kind))
        .bind::<Array<Nullable<Binary>>, _>(contents)
        .bind::<Array<Nullable<SqlUuid>>, _>(column(new, |status| status.media))
        .bind::<Array<Bool>, _>(column(new, |status| status.is_own))
        .bind::<Array<Timestamptz>, _>(column(new, |status| status.posted_at))
        .bind::<Array<Timestamptz>, _>(column(new, |status| status.posted_at + model::LIFETIME))
        .bind::<Array<Nullable<Timestamptz>>, _>(column(new, |status| status.deleted_at))
        .keep_prepared()
        .load(work)
        .await?;
    Ok(inserted.into_iter().map(|row| row.id).collect())
}

const INSERT: &str = "INSERT INTO statuses (user_id, account_id,
        id, message_id, author_id, kind, content, media_id, is_own, posted_at, expires_at, deleted_at)
    SELECT $1, $2, new.* FROM unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12) AS new
    ON CONFLICT DO NOTHING RETURNING id";

#[derive(QueryableByName)]
struct Inserted {
    #[diesel(sql_type = SqlUuid)]
    id: StatusId,
}

/// Marks the status of `message` as deleted. Returns `None` when it is marked already, or `message` is not a status.
pub(in crate::features::statuses) async fn mark_deleted(
    work: &mut Work,
    message: MessageId,
    at: DateTime<Utc>,
) -> QueryResult<Option<StatusId>> {
    let live = statuses::table.filter(
        statuses::message_id
            .eq(message)
            .and(statuses::deleted_at.is_null()),
    );
    diesel::update(live)
        .set(statuses::deleted_at.eq(at))
        .returning(statuses::id)
        .keep_prepared()
        .get_result(work)
        .await
        .optional()
}

/// Filter of a list of statuses. A field that is `None` leaves nothing out.
#[derive(Debug, Clone, Default)]
pub struct StatusQuery {
    /// Seen by these accounts.
    pub accounts: Option<Vec<AccountId>>,
    /// Posted by these contacts.
    pub authors: Option<Vec<ContactId>>,
    /// Of these kinds.
    pub kinds: Option<Vec<StatusKind>>,
    /// Only the owner's, or only others'.
    pub is_own: Option<bool>,
    /// Only deleted ones, or only those that are not.
    pub is_deleted: Option<bool>,
    /// Posted at this time or later.
    pub from: Option<DateTime<Utc>>,
    /// Posted before this time.
    pub to: Option<DateTime<Utc>>,
}

/// Lists a page of the user's statuses, newest first. `query.authors` must include the alias rows of each contact.
pub(in crate::features::statuses) async fn list(
    conn: &mut AsyncPgConnection,
    user: UserId,
    page: Page,
    query: &StatusQuery,
) -> QueryResult<Vec<StatusRow>> {
    let rows = newest_first!(
        statuses::table.filter(statuses::user_id.eq(user)),
        page,
        statuses::posted_at,
        statuses::id
    );
    filtered(rows, query)
        .select(StatusRow::as_select())
        .load(conn)
        .await
}

/// Counts the user's statuses, up to the most that a list counts. `query.authors` as for [`list`].
pub(in crate::features::statuses) async fn count(
    conn: &mut AsyncPgConnection,
    user: UserId,
    query: &StatusQuery,
) -> QueryResult<i64> {
    let rows = statuses::table.filter(statuses::user_id.eq(user)).into_boxed();
    count_rows!(conn, filtered(rows, query))
}

fn filtered<'a>(
    mut rows: statuses::BoxedQuery<'a, Pg>,
    query: &'a StatusQuery,
) -> statuses::BoxedQuery<'a, Pg> {
    if let Some(accounts) = &query.accounts {
        rows = rows.filter(statuses::account_id.eq_any(accounts));
    }
    if let Some(authors) = &query.authors {
        rows = rows.filter(statuses::author_id.eq_any(authors));
    }
    if let Some(kinds) = &query.kinds {
        rows = rows.filter(statuses::kind.eq_any(kinds));
    }
    if let Some(is_own) = query.is_own {
        rows = rows.filter(statuses::is_own.eq(is_own));
    }
    rows = match query.is_deleted {
        Some(true) => rows.filter(statuses::deleted_at.is_not_null()),
        Some(false) => rows.filter(statuses::deleted_at.is_null()),
        None => rows,
    };
    if let Some(from) = query.from {
        rows = rows.filter(statuses::posted_at.ge(from));
    }
    if let Some(to) = query.to {
        rows = rows.filter(statuses::posted_at.lt(to));
    }
    rows
}

/// Loads the user's statuses among `ids`.
pub(in crate::features::statuses) async fn load(
    conn: &mut AsyncPgConnection,
    ids: &[StatusId],
) -> QueryResult<Vec<StatusRow>> {
    statuses::table
        .filter(statuses::id.eq_any(ids))
        .select(StatusRow::as_select())
        .load(conn)
        .await
}

/// Loads the user's statuses that `messages` carried.
pub(in crate::features::statuses) async fn load_of(
    conn: &mut AsyncPgConnection,
    messages: &[MessageId],
) -> QueryResult<Vec<StatusRow>> {
    statuses::table
        .filter(statuses::message_id.eq_any(messages))
        .select(StatusRow::as_select())
        .load(conn)
        .await
}

/// A status of the owner's, and its message.
#[derive(Debug, Clone, Copy, Queryable)]
pub(in crate::features::statuses) struct OwnStatus {
    pub(in crate::features::statuses) id: StatusId,
    pub(in crate::features::statuses) message: MessageId,
}

/// Finds the owner's statuses with these WhatsApp ids.
pub(in crate::features::statuses) async fn find_own(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    wa_ids: &[String],
) -> QueryResult<Vec<OwnStatus>> {
    statuses::table
        .inner_join(messages::table.on(messages::id.eq(statuses::message_id)))
        .filter(
            messages::account_id
                .eq(account)
                .and(messages::wa_id.eq_any(wa_ids)),
        )
        .filter(statuses::is_own.eq(true))
        .select((statuses::id, statuses::message_id))
        .load(conn)
        .await
}

/// Finds the owner's statuses of these accounts with these WhatsApp ids, each with both.
///
/// # Errors
/// The database's.
pub async fn find_published(
    conn: &mut AsyncPgConnection,
    accounts: &[AccountId],
    wa_ids: &[String],
) -> QueryResult<Vec<(AccountId, String, StatusId)>> {
    statuses::table
        .inner_join(messages::table.on(messages::id.eq(statuses::message_id)))
        .filter(
            messages::account_id
                .eq_any(accounts)
                .and(messages::wa_id.eq_any(wa_ids)),
        )
        .filter(statuses::is_own.eq(true))
        .select((messages::account_id, messages::wa_id, statuses::id))
        .load(conn)
        .await
}

/// Finds the statuses with this media, and their accounts.
pub(in crate::features::statuses) async fn find_by_media(
    conn: &mut AsyncPgConnection,
    media: MediaId,
) -> QueryResult<Vec<(StatusId, AccountId)>> {
    statuses::table
        .filter(statuses::media_id.eq(media))
        .select((statuses::id, statuses::account_id))
        .load(conn)
        .await
}

/// Columns of a status that was removed.
#[derive(Debug, Queryable)]
pub(in crate::features::statuses) struct RemovedStatus {
    pub(in crate::features::statuses) account: AccountId,
    pub(in crate::features::statuses) message: MessageId,
    pub(in crate::features::statuses) media: Option<MediaId>,
}

/// Deletes the user's status `id` and its like; returns `None` when there is no such status.
pub(in crate::features::statuses) async fn delete(
    work: &mut Work,
    id: StatusId,
) -> QueryResult<Option<RemovedStatus>> {
    diesel::delete(statuses::table.find(id))
        .returning((statuses::account_id, statuses::message_id, statuses::media_id))
        .get_result(work)
        .await
        .optional()
}

/// Decrypts several rows.
pub(in crate::features::statuses) fn open_all(
    rows: Vec<StatusRow>,
    key: &DataKey,
) -> Result<Vec<model::StatusRecord>, CryptoError> {
    rows.into_iter().map(|row| row.open(key)).collect()
}
