//! The table of events.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::{EventKind, EventRow, NewEvent};
use crate::db::schema::{event_counters, events};
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
    let newest: i64 = diesel::insert_into(event_counters::table)
        .values((event_counters::user_id.eq(user), event_counters::newest.eq(count)))
        .on_conflict(event_counters::user_id)
        .do_update()
        .set(event_counters::newest.eq(event_counters::newest + count))
        .returning(event_counters::newest)
        .get_result(conn)
        .await?;
    let rows: Vec<_> = (newest - count + 1..)
        .zip(new)
        .map(|(sequence, event)| EventRow { sequence, event })
        .collect();
    let values: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                events::user_id.eq(user),
                events::sequence.eq(row.sequence),
                events::kind.eq(row.event.kind.as_str()),
                events::account_id.eq(row.event.account),
                events::subject_id.eq(row.event.subject),
                events::occurred_at.eq(row.event.occurred_at),
            )
        })
        .collect();
    diesel::insert_into(events::table)
        .values(&values)
        .execute(conn)
        .await?;
    Ok(rows)
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
    type Row = (i64, String, Option<AccountId>, Uuid, DateTime<Utc>);
    let rows: Vec<Row> = events::table
        .filter(events::user_id.eq(user).and(events::sequence.gt(sequence)))
        .order(events::sequence)
        .limit(limit)
        .select((
            events::sequence,
            events::kind,
            events::account_id,
            events::subject_id,
            events::occurred_at,
        ))
        .load(conn)
        .await?;
    rows.into_iter()
        .map(|(sequence, kind, account, subject, occurred_at)| {
            let kind = EventKind::ALL
                .into_iter()
                .find(|known| known.as_str() == kind)
                .ok_or_else(|| {
                    diesel::result::Error::DeserializationError(format!("event kind {kind}").into())
                })?;
            Ok(EventRow {
                sequence,
                event: NewEvent {
                    kind,
                    account,
                    subject,
                    occurred_at,
                },
            })
        })
        .collect()
}

/// The newest number of `user`; 0 before the first event.
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
