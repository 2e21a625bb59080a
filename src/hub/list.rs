//! The stream as a list: pages of the stored events.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::log::{self, StoredEvent};
use super::{EventKind, EventRow};
use crate::db::schema::events;
use crate::id::{AccountId, UserId};

/// Filter of a list of events. What is `None` leaves nothing out.
#[derive(Debug, Clone)]
pub struct EventQuery {
    /// Only events of these kinds.
    pub kinds: Option<Vec<EventKind>>,
    /// Only events of these accounts.
    pub accounts: Option<Vec<AccountId>>,
}

/// Part of a list of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventRange {
    /// The number of the event that the part lies beyond; none from the beginning, or from the end backwards.
    pub from: Option<i64>,
    /// True when the part lies before `from`, or at the end of the list.
    pub is_backwards: bool,
    /// The maximum number of events.
    pub limit: i64,
}

/// The events of `user` in `range`, in its direction. The primary key gives the order; what the filter leaves out is
/// read over, of at most the events that are kept.
///
/// # Errors
/// The database's.
pub async fn list(
    conn: &mut AsyncPgConnection,
    user: UserId,
    query: &EventQuery,
    range: EventRange,
) -> QueryResult<Vec<EventRow>> {
    let rows = matching(user, query).limit(range.limit);
    let rows = match (range.from, range.is_backwards) {
        (Some(from), true) => rows.filter(events::sequence.lt(from)),
        (Some(from), false) => rows.filter(events::sequence.gt(from)),
        (None, _) => rows,
    };
    let rows = if range.is_backwards {
        rows.order(events::sequence.desc())
    } else {
        rows.order(events::sequence.asc())
    };
    let rows: Vec<StoredEvent> = rows.select(log::COLUMNS).load(conn).await?;
    rows.into_iter().map(log::read_row).collect()
}

/// The number of events of `user` that pass the filter, counted up to `most`.
///
/// # Errors
/// The database's.
pub async fn count(
    conn: &mut AsyncPgConnection,
    user: UserId,
    query: &EventQuery,
    most: i64,
) -> QueryResult<i64> {
    let rows: Vec<i64> = matching(user, query)
        .limit(most)
        .select(events::sequence)
        .load(conn)
        .await?;
    Ok(i64::try_from(rows.len()).unwrap_or(i64::MAX))
}

fn matching(user: UserId, query: &EventQuery) -> events::BoxedQuery<'_, Pg> {
    let mut rows = events::table.filter(events::user_id.eq(user)).into_boxed();
    if let Some(kinds) = &query.kinds {
        rows = rows.filter(events::kind.eq_any(kinds.iter().map(|kind| kind.as_str())));
    }
    if let Some(accounts) = &query.accounts {
        rows = rows.filter(events::account_id.assume_not_null().eq_any(accounts));
    }
    rows
}
