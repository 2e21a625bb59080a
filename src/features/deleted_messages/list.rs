//! SQL of lists of deleted messages.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::model::DeletionOutcome;
use super::store::DeletedRow;
use crate::db::schema::deleted_messages;
use crate::features::{Candidates, MessageQuery, filter_candidates, filter_messages};
use crate::graphql::{Page, PageCursor, count_rows, newest_first};
use crate::id::UserId;

/// Filter of a list of deleted messages.
#[derive(Debug, Clone, Default)]
pub struct DeletedQuery {
    /// The filter that every list of kept messages has; its times are those of the deletions.
    pub messages: MessageQuery,
    /// With these outcomes; `None` leaves nothing out.
    pub outcomes: Option<Vec<DeletionOutcome>>,
}

/// Adds the filter `$query` of the list of `$user` to the boxed query `$rows`.
macro_rules! matching {
    ($rows:expr, $user:expr, $query:expr) => {{
        let rows = filter_messages!($rows, deleted_messages.deleted_at, $user, $query.messages);
        match &$query.outcomes {
            Some(outcomes) => rows.filter(deleted_messages::outcome.eq_any(outcomes)),
            None => rows,
        }
    }};
}

/// Lists a page of the user's deleted messages, the latest deletion first. `query.messages.senders` must include the alias rows of
/// each contact; the search is not read.
pub(super) async fn list(
    conn: &mut AsyncPgConnection,
    user: UserId,
    page: Page,
    query: &DeletedQuery,
) -> QueryResult<Vec<DeletedRow>> {
    let rows = newest_first!(
        deleted_messages::table.select(DeletedRow::as_select()),
        page,
        deleted_messages::deleted_at,
        deleted_messages::id
    );
    matching!(rows, user, query).load(conn).await
}

/// Counts the messages of the whole list, with the filter of [`list`].
pub(super) async fn count(
    conn: &mut AsyncPgConnection,
    user: UserId,
    query: &DeletedQuery,
) -> QueryResult<i64> {
    let rows = deleted_messages::table.into_boxed::<Pg>();
    count_rows!(conn, matching!(rows, user, query))
}

/// Lists candidates of a search, the latest deletion first, with the filter of [`list`].
pub(super) async fn candidates(
    conn: &mut AsyncPgConnection,
    user: UserId,
    query: &DeletedQuery,
    wanted: &Candidates,
) -> QueryResult<Vec<DeletedRow>> {
    let query = DeletedQuery {
        messages: wanted.narrow(&query.messages),
        outcomes: query.outcomes.clone(),
    };
    let rows = newest_first!(
        deleted_messages::table.select(DeletedRow::as_select()),
        wanted.page,
        deleted_messages::deleted_at,
        deleted_messages::id
    );
    let rows = matching!(rows, user, query);
    let rows = filter_candidates!(rows, deleted_messages, "amda_deleted_messages_with", wanted);
    rows.load(conn).await
}

/// Finds the time of the row that comes `rows` rows after the place `after` in the user's list.
pub(super) async fn time_after(
    conn: &mut AsyncPgConnection,
    user: UserId,
    after: Option<PageCursor>,
    rows: i64,
) -> QueryResult<Option<DateTime<Utc>>> {
    let page = Page::forwards(0, after);
    newest_first!(
        deleted_messages::table
            .filter(deleted_messages::user_id.eq(user))
            .select(deleted_messages::deleted_at),
        page,
        deleted_messages::deleted_at,
        deleted_messages::id
    )
    .offset(rows)
    .first(conn)
    .await
    .optional()
}
