//! SQL of lists of edited messages.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::store::EditedRow;
use crate::db::schema::edited_messages;
use crate::features::{Candidates, MessageQuery, filter_candidates, filter_messages};
use crate::graphql::{Page, PageCursor, count_rows, newest_first};
use crate::id::UserId;

/// Lists a page of the user's edited messages, the latest edit first. `query.senders` must include the alias rows of
/// each contact; the search is not read.
pub(super) async fn list(
    conn: &mut AsyncPgConnection,
    user: UserId,
    page: Page,
    query: &MessageQuery,
) -> QueryResult<Vec<EditedRow>> {
    let rows = newest_first!(
        edited_messages::table.select(EditedRow::as_select()),
        page,
        edited_messages::last_edited_at,
        edited_messages::id
    );
    filter_messages!(rows, edited_messages.last_edited_at, user, query)
        .load(conn)
        .await
}

/// Counts the messages of the whole list, with the filter of [`list`].
pub(super) async fn count(
    conn: &mut AsyncPgConnection,
    user: UserId,
    query: &MessageQuery,
) -> QueryResult<i64> {
    let rows = edited_messages::table.into_boxed::<Pg>();
    count_rows!(
        conn,
        filter_messages!(rows, edited_messages.last_edited_at, user, query)
    )
}

/// Lists candidates of a search, the latest edit first, with the filter of [`list`].
pub(super) async fn candidates(
    conn: &mut AsyncPgConnection,
    user: UserId,
    query: &MessageQuery,
    wanted: &Candidates,
) -> QueryResult<Vec<EditedRow>> {
    let query = wanted.narrow(query);
    let rows = newest_first!(
        edited_messages::table.select(EditedRow::as_select()),
        wanted.page,
        edited_messages::last_edited_at,
        edited_messages::id
    );
    let rows = filter_messages!(rows, edited_messages.last_edited_at, user, query);
    let rows = filter_candidates!(rows, edited_messages, "amda_edited_messages_with", wanted);
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
        edited_messages::table
            .filter(edited_messages::user_id.eq(user))
            .select(edited_messages::last_edited_at),
        page,
        edited_messages::last_edited_at,
        edited_messages::id
    )
    .offset(rows)
    .first(conn)
    .await
    .optional()
}
