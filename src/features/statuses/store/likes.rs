//! SQL of likes.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::super::auto_like::SkipReason;
use super::super::model::{Like, LikeEnd, StatusLikeState};
use crate::account::AccountRef;
use crate::db::schema::{status_likes, statuses};
use crate::db::{KeepPrepared as _, column};
use crate::features::schema::Failure;
use crate::features::statuses::{StatusId, StatusLikeId};
use crate::graphql::{Page, count_rows, newest_first};
use crate::id::{AccountId, ContactId, MessageId, SendId, UserId};
use crate::work::Work;

/// Counts the likes of the account that were queued in the last hour and not cancelled.
pub(in crate::features::statuses) async fn count_this_hour(
    work: &mut Work,
    account: AccountId,
) -> QueryResult<i64> {
    let since = work.now - TimeDelta::hours(1);
    status_likes::table
        .filter(
            status_likes::account_id
                .eq(account)
                .and(status_likes::queued_at.gt(since)),
        )
        .filter(status_likes::outcome.ne(StatusLikeState::Skipped))
        .count()
        .get_result(work)
        .await
}

/// Sends that belong to one like.
#[derive(Debug, Clone, Copy)]
pub(in crate::features::statuses) struct LikeSends {
    /// The like.
    pub(in crate::features::statuses) like: SendId,
    /// The view receipt before the like.
    pub(in crate::features::statuses) view: Option<SendId>,
}

/// Values of a new like: queued, or skipped with a reason.
#[derive(Debug)]
pub(in crate::features::statuses) struct NewLike<'a> {
    pub(in crate::features::statuses) id: StatusLikeId,
    pub(in crate::features::statuses) status: StatusId,
    pub(in crate::features::statuses) emoji: &'a str,
    pub(in crate::features::statuses) decision: Result<LikeSends, SkipReason>,
}

/// Inserts likes, in one statement.
pub(in crate::features::statuses) async fn insert(
    work: &mut Work,
    account: AccountRef,
    likes: &[NewLike<'_>],
) -> QueryResult<()> {
    let sends = |like: &NewLike<'_>| like.decision.ok();
    let state = |like: &NewLike<'_>| match like.decision {
        Ok(_) => StatusLikeState::Queued,
        Err(_) => StatusLikeState::Skipped,
    };
    diesel::sql_query(INSERT)
        .bind::<SqlUuid, _>(account.user)
        .bind::<SqlUuid, _>(account.id)
        .bind::<Timestamptz, _>(work.now)
        .bind::<Array<SqlUuid>, _>(column(likes, |like| like.id))
        .bind::<Array<SqlUuid>, _>(column(likes, |like| like.status))
        .bind::<Array<Nullable<SqlUuid>>, _>(column(likes, |like| sends(like).map(|sends| sends.like)))
        .bind::<Array<Nullable<SqlUuid>>, _>(column(likes, |like| sends(like).and_then(|sends| sends.view)))
        .bind::<Array<Text>, _>(column(likes, |like| like.emoji))
        .bind::<Array<Text>, _>(column(likes, state))
        .bind::<Array<Nullable<Text>>, _>(column(likes, |like| like.decision.err()))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}

const INSERT: &str = "INSERT INTO status_likes (user_id, account_id, created_at, queued_at, settled_at,
        id, status_id, send_id, view_send_id, emoji, outcome, skip_reason)
    SELECT $1, $2, $3, CASE WHEN new.skip_reason IS NULL THEN $3 END,
        CASE WHEN new.skip_reason IS NOT NULL THEN $3 END, new.*
    FROM unnest($4, $5, $6, $7, $8, $9, $10)
        AS new (id, status_id, send_id, view_send_id, emoji, outcome, skip_reason)";

/// A like that waits to be sent.
pub(in crate::features::statuses) type QueuedLike = (StatusLikeId, LikeSends);

/// Columns of a waiting like: its id, its send and the send of its view receipt.
type Row = (StatusLikeId, Option<SendId>, Option<SendId>);

fn queued((id, like, view): Row) -> Option<QueuedLike> {
    Some((id, LikeSends { like: like?, view }))
}

/// Finds the waiting like of a status.
pub(in crate::features::statuses) async fn find_queued(
    conn: &mut AsyncPgConnection,
    status: StatusId,
) -> QueryResult<Option<QueuedLike>> {
    let found: Option<Row> = status_likes::table
        .filter(
            status_likes::status_id
                .eq(status)
                .and(status_likes::outcome.eq(StatusLikeState::Queued)),
        )
        .select((
            status_likes::id,
            status_likes::send_id,
            status_likes::view_send_id,
        ))
        .first(conn)
        .await
        .optional()?;
    Ok(found.and_then(queued))
}

/// Lists the likes of the statuses in `messages` that WhatsApp has not answered.
pub(in crate::features::statuses) async fn open_of_messages(
    conn: &mut AsyncPgConnection,
    messages: &[MessageId],
) -> QueryResult<Vec<QueuedLike>> {
    let named = statuses::table
        .filter(statuses::message_id.eq_any(messages))
        .select(statuses::id);
    let found: Vec<Row> = status_likes::table
        .filter(status_likes::status_id.eq_any(named))
        .filter(status_likes::outcome.eq_any([StatusLikeState::Queued, StatusLikeState::Sent]))
        .select((
            status_likes::id,
            status_likes::send_id,
            status_likes::view_send_id,
        ))
        .load(conn)
        .await?;
    Ok(found.into_iter().filter_map(queued).collect())
}

/// Lists the waiting likes of an account, the oldest first.
pub(in crate::features::statuses) async fn queued_of(
    conn: &mut AsyncPgConnection,
    account: AccountId,
) -> QueryResult<Vec<QueuedLike>> {
    let found: Vec<Row> = status_likes::table
        .filter(
            status_likes::account_id
                .eq(account)
                .and(status_likes::outcome.eq(StatusLikeState::Queued)),
        )
        .order((status_likes::created_at, status_likes::id))
        .select((
            status_likes::id,
            status_likes::send_id,
            status_likes::view_send_id,
        ))
        .load(conn)
        .await?;
    Ok(found.into_iter().filter_map(queued).collect())
}

/// State of a like that has a send.
#[derive(Debug, Clone, Copy, Queryable)]
pub(in crate::features::statuses) struct SentLike {
    pub(in crate::features::statuses) id: StatusLikeId,
    pub(in crate::features::statuses) state: StatusLikeState,
    pub(in crate::features::statuses) queued_at: Option<DateTime<Utc>>,
}

/// Finds the like with the send `send`.
pub(in crate::features::statuses) async fn find_by_send(
    conn: &mut AsyncPgConnection,
    send: SendId,
) -> QueryResult<Option<SentLike>> {
    status_likes::table
        .filter(status_likes::send_id.eq(send))
        .select((status_likes::id, status_likes::outcome, status_likes::queued_at))
        .first(conn)
        .await
        .optional()
}

/// Marks a like as handed to WhatsApp.
pub(in crate::features::statuses) async fn mark_sent(
    work: &mut Work,
    id: StatusLikeId,
    at: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(status_likes::table.find(id))
        .set((
            status_likes::outcome.eq(StatusLikeState::Sent),
            status_likes::sent_at.eq(at),
        ))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}

/// Writes the end of a like.
pub(in crate::features::statuses) async fn settle(
    work: &mut Work,
    id: StatusLikeId,
    end: &LikeEnd,
    at: DateTime<Utc>,
) -> QueryResult<()> {
    let (state, skip_reason, failure) = match end {
        LikeEnd::Liked => (StatusLikeState::Liked, None, None),
        LikeEnd::Rejected(failure) => (StatusLikeState::Rejected, None, Some(failure)),
        LikeEnd::Skipped(reason) => (StatusLikeState::Skipped, Some(*reason), None),
        LikeEnd::Failed(failure) => (StatusLikeState::Failed, None, Some(failure)),
    };
    diesel::update(status_likes::table.find(id))
        .set((
            status_likes::outcome.eq(state),
            status_likes::skip_reason.eq(skip_reason),
            status_likes::whatsapp_code.eq(failure.and_then(|failure| failure.whatsapp_code)),
            status_likes::failure_message.eq(failure.and_then(|failure| failure.message.as_deref())),
            status_likes::settled_at.eq(at),
        ))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = status_likes)]
struct LikeRow {
    id: StatusLikeId,
    account_id: AccountId,
    status_id: StatusId,
    emoji: String,
    outcome: StatusLikeState,
    skip_reason: Option<SkipReason>,
    whatsapp_code: Option<i32>,
    failure_message: Option<String>,
    created_at: DateTime<Utc>,
    queued_at: Option<DateTime<Utc>>,
    sent_at: Option<DateTime<Utc>>,
    settled_at: Option<DateTime<Utc>>,
}

impl From<LikeRow> for Like {
    fn from(row: LikeRow) -> Self {
        Self {
            id: row.id,
            account: row.account_id,
            status: row.status_id,
            emoji: row.emoji,
            state: row.outcome,
            skip_reason: row.skip_reason,
            failure: Failure {
                whatsapp_code: row.whatsapp_code,
                message: row.failure_message,
            },
            created_at: row.created_at,
            queued_at: row.queued_at,
            sent_at: row.sent_at,
            settled_at: row.settled_at,
        }
    }
}

/// Filter of a list of likes. A field that is `None` leaves nothing out.
#[derive(Debug, Clone, Default)]
pub struct LikeQuery {
    /// By these accounts.
    pub accounts: Option<Vec<AccountId>>,
    /// Of statuses of these contacts.
    pub authors: Option<Vec<ContactId>>,
    /// In these states.
    pub states: Option<Vec<StatusLikeState>>,
    /// Decided on then or later.
    pub from: Option<DateTime<Utc>>,
    /// Decided on before.
    pub to: Option<DateTime<Utc>>,
}

/// Lists a page of the user's likes, newest first. `query.authors` must include the alias rows of each contact.
pub(in crate::features::statuses) async fn list(
    conn: &mut AsyncPgConnection,
    user: UserId,
    page: Page,
    query: &LikeQuery,
) -> QueryResult<Vec<Like>> {
    let rows = newest_first!(
        status_likes::table.filter(status_likes::user_id.eq(user)),
        page,
        status_likes::created_at,
        status_likes::id
    );
    let found: Vec<LikeRow> = filtered(rows, query)
        .select(LikeRow::as_select())
        .load(conn)
        .await?;
    Ok(found.into_iter().map(Like::from).collect())
}

/// Counts the user's likes, up to the most that a list counts. `query.authors` as for [`list`].
pub(in crate::features::statuses) async fn count(
    conn: &mut AsyncPgConnection,
    user: UserId,
    query: &LikeQuery,
) -> QueryResult<i64> {
    let rows = status_likes::table
        .filter(status_likes::user_id.eq(user))
        .into_boxed();
    count_rows!(conn, filtered(rows, query))
}

fn filtered<'a>(
    mut rows: status_likes::BoxedQuery<'a, Pg>,
    query: &'a LikeQuery,
) -> status_likes::BoxedQuery<'a, Pg> {
    if let Some(accounts) = &query.accounts {
        rows = rows.filter(status_likes::account_id.eq_any(accounts));
    }
    if let Some(authors) = &query.authors {
        let theirs = statuses::table
            .filter(statuses::author_id.eq_any(authors))
            .select(statuses::id);
        rows = rows.filter(status_likes::status_id.eq_any(theirs));
    }
    if let Some(states) = &query.states {
        rows = rows.filter(status_likes::outcome.eq_any(states));
    }
    if let Some(from) = query.from {
        rows = rows.filter(status_likes::created_at.ge(from));
    }
    if let Some(to) = query.to {
        rows = rows.filter(status_likes::created_at.lt(to));
    }
    rows
}

/// Loads the user's likes among `ids`.
pub(in crate::features::statuses) async fn load(
    conn: &mut AsyncPgConnection,
    ids: &[StatusLikeId],
) -> QueryResult<Vec<Like>> {
    let found: Vec<LikeRow> = status_likes::table
        .filter(status_likes::id.eq_any(ids))
        .select(LikeRow::as_select())
        .load(conn)
        .await?;
    Ok(found.into_iter().map(Like::from).collect())
}

/// Loads the likes of `statuses`, at most one each.
pub(in crate::features::statuses) async fn load_of(
    conn: &mut AsyncPgConnection,
    statuses: &[StatusId],
) -> QueryResult<Vec<Like>> {
    let found: Vec<LikeRow> = status_likes::table
        .filter(status_likes::status_id.eq_any(statuses))
        .select(LikeRow::as_select())
        .load(conn)
        .await?;
    Ok(found.into_iter().map(Like::from).collect())
}

/// Loads the author of the liked status.
pub(in crate::features::statuses) async fn author_of(
    conn: &mut AsyncPgConnection,
    like: StatusLikeId,
) -> QueryResult<ContactId> {
    let status = status_likes::table
        .filter(status_likes::id.eq(like))
        .select(status_likes::status_id);
    statuses::table
        .filter(statuses::id.eq_any(status))
        .select(statuses::author_id)
        .first(conn)
        .await
}
