//! The table of events.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::{EventKind, EventRow, NewEvent};
use crate::db::schema::{event_counters, event_followings, events};
use crate::db::{KeepPrepared as _, column, without_account_limits};
use crate::id::{AccountId, UserId};

/// Numbers `new` and writes them, in order. Call it last in a transaction: it locks the user's counter until the end.
///
/// # Errors
/// The database's.
pub async fn append(
    conn: &mut AsyncPgConnection,
    user: UserId,
    new: Vec<NewEvent>,
) -> QueryResult<Vec<EventRow>> {
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let count = i64::try_from(new.len()).unwrap_or(i64::MAX);
    let Appended { newest } = diesel::sql_query(APPEND)
        .bind::<SqlUuid, _>(user)
        .bind::<BigInt, _>(count)
        .bind::<Array<Text>, _>(column(&new, |event| event.kind.as_str()))
        .bind::<Array<Nullable<SqlUuid>>, _>(column(&new, |event| event.account))
        .bind::<Array<SqlUuid>, _>(column(&new, |event| event.subject))
        .bind::<Array<Timestamptz>, _>(column(&new, |event| event.occurred_at))
        .keep_prepared()
        .get_result(conn)
        .await?;
    Ok((newest - count + 1..)
        .zip(new)
        .map(|(sequence, event)| EventRow { sequence, event })
        .collect())
}

const APPEND: &str = "WITH counter AS (
        INSERT INTO event_counters AS counter (user_id, newest) VALUES ($1, $2)
        ON CONFLICT (user_id) DO UPDATE SET newest = counter.newest + excluded.newest
        RETURNING newest),
    appended AS (
        INSERT INTO events (user_id, sequence, kind, account_id, subject_id, occurred_at)
        SELECT $1, counter.newest - $2 + new.number, new.kind, new.account, new.subject, new.occurred_at
        FROM counter, unnest($3, $4, $5, $6) WITH ORDINALITY AS new (kind, account, subject, occurred_at, number))
    SELECT newest FROM counter";

#[derive(QueryableByName)]
struct Appended {
    #[diesel(sql_type = BigInt)]
    newest: i64,
}

/// At most `limit` events after `sequence`, in order.
///
/// # Errors
/// The database's.
pub async fn load_after(
    conn: &mut AsyncPgConnection,
    user: UserId,
    sequence: i64,
    limit: i64,
) -> QueryResult<Vec<EventRow>> {
    let rows: Vec<StoredEvent> = events::table
        .filter(events::user_id.eq(user).and(events::sequence.gt(sequence)))
        .order(events::sequence)
        .limit(limit)
        .select(COLUMNS)
        .load(conn)
        .await?;
    rows.into_iter().map(read_row).collect()
}

/// An event as [`COLUMNS`] load it.
pub(super) type StoredEvent = (i64, String, Option<AccountId>, Uuid, DateTime<Utc>);

/// The columns of an event.
pub(super) const COLUMNS: (
    events::sequence,
    events::kind,
    events::account_id,
    events::subject_id,
    events::occurred_at,
) = (
    events::sequence,
    events::kind,
    events::account_id,
    events::subject_id,
    events::occurred_at,
);

pub(super) fn read_row(
    (sequence, kind, account, subject, occurred_at): StoredEvent,
) -> QueryResult<EventRow> {
    let kind = EventKind::parse(&kind)
        .ok_or_else(|| diesel::result::Error::DeserializationError(format!("event kind {kind}").into()))?;
    Ok(EventRow {
        sequence,
        event: NewEvent {
            kind,
            account,
            subject,
            occurred_at,
        },
    })
}

/// The number of the newest event of `user`; 0 before the first event.
///
/// # Errors
/// The database's.
pub async fn load_newest(conn: &mut AsyncPgConnection, user: UserId) -> QueryResult<i64> {
    let newest = event_counters::table
        .find(user)
        .select(event_counters::newest)
        .first(conn)
        .await
        .optional()?;
    Ok(newest.unwrap_or(0))
}

/// The number of the newest event of each of `users` who has one; for a transaction without a user.
///
/// # Errors
/// The database's.
pub(super) async fn load_newest_of(
    conn: &mut AsyncPgConnection,
    users: &[UserId],
) -> QueryResult<Vec<(UserId, i64)>> {
    let newest: Vec<NewestEvent> = diesel::sql_query("SELECT user_id, newest FROM amda_newest_events($1)")
        .bind::<Array<SqlUuid>, _>(users)
        .keep_prepared()
        .load(conn)
        .await?;
    Ok(newest.into_iter().map(|row| (row.user_id, row.newest)).collect())
}

#[derive(QueryableByName)]
struct NewestEvent {
    #[diesel(sql_type = SqlUuid)]
    user_id: UserId,
    #[diesel(sql_type = BigInt)]
    newest: i64,
}

/// The number of the oldest stored event of `user`; none when there is no event.
///
/// # Errors
/// The database's.
pub(super) async fn load_oldest(conn: &mut AsyncPgConnection, user: UserId) -> QueryResult<Option<i64>> {
    without_account_limits(conn, async |conn| {
        events::table
            .filter(events::user_id.eq(user))
            .select(diesel::dsl::min(events::sequence))
            .first(conn)
            .await
    })
    .await
}

/// The number of events that [`delete_before`] would delete without a limit.
///
/// # Errors
/// The database's.
pub async fn count_before(
    conn: &mut AsyncPgConnection,
    user: UserId,
    before: DateTime<Utc>,
) -> QueryResult<i64> {
    let consumed = load_consumed(conn, user).await?;
    let own = events::table.filter(events::user_id.eq(user));
    let first_kept: Option<i64> = own
        .filter(events::occurred_at.ge(before).or(events::sequence.gt(consumed)))
        .select(diesel::dsl::min(events::sequence))
        .first(conn)
        .await?;
    own.filter(events::sequence.lt(first_kept.unwrap_or(i64::MAX)))
        .count()
        .get_result(conn)
        .await
}

/// Deletes at most `limit` of the user's oldest events, those that happened before `before` and that all event
/// consumers have consumed. Leaves no gap in the sequence: it begins later. Returns how many were deleted.
///
/// # Errors
/// The database's.
pub async fn delete_before(
    conn: &mut AsyncPgConnection,
    user: UserId,
    before: DateTime<Utc>,
    limit: i64,
) -> QueryResult<i64> {
    let consumed = load_consumed(conn, user).await?;
    let own = events::table.filter(events::user_id.eq(user));
    let front: Vec<(i64, DateTime<Utc>)> = own
        .filter(events::sequence.le(consumed))
        .order(events::sequence)
        .limit(limit)
        .select((events::sequence, events::occurred_at))
        .load(conn)
        .await?;
    let last = front.into_iter().take_while(|(_, at)| *at < before).last();
    let Some((last, _)) = last else { return Ok(0) };
    let deleted = diesel::delete(own.filter(events::sequence.le(last)))
        .execute(conn)
        .await?;
    Ok(i64::try_from(deleted).unwrap_or(i64::MAX))
}

async fn load_consumed(conn: &mut AsyncPgConnection, user: UserId) -> QueryResult<i64> {
    let consumed = event_followings::table
        .find(user)
        .select(event_followings::followed)
        .first(conn)
        .await
        .optional()?;
    Ok(consumed.unwrap_or(0))
}
