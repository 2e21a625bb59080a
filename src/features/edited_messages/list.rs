//! SQL of lists of edited messages.

use chrono::{DateTime, Utc};
use diesel::dsl::{AsSelect, SqlTypeOf};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::store::EditedRow;
use crate::db::schema::edited_messages;
use crate::features::{Candidates, Lookup};
use crate::graphql::{Page, PageCursor, newest_first};
use crate::id::{AccountId, ChatId, ContactId, UserId};
use crate::messages::MessageKind;

/// Filter of a list of edited messages. A field that is `None` leaves nothing out.
#[derive(Debug, Clone, Default)]
pub struct EditedQuery {
    /// Received by these accounts.
    pub accounts: Option<Vec<AccountId>>,
    /// In these chats.
    pub chats: Option<Vec<ChatId>>,
    /// Written by these contacts.
    pub senders: Option<Vec<ContactId>>,
    /// Of these kinds.
    pub kinds: Option<Vec<MessageKind>>,
    /// Last edited at this time or later.
    pub from: Option<DateTime<Utc>>,
    /// Last edited before this time.
    pub to: Option<DateTime<Utc>>,
    /// Containing all these words; see [`Search`](crate::messages::search::Search).
    pub search: Option<String>,
}

/// Lists a page of the user's edited messages, the latest edit first. `query.senders` must include the alias rows of
/// each contact; `query.search` is not read.
pub(super) async fn list(
    conn: &mut AsyncPgConnection,
    user: UserId,
    page: Page,
    query: &EditedQuery,
) -> QueryResult<Vec<EditedRow>> {
    filtered(user, page, query).load(conn).await
}

/// Lists candidates of a search, the latest edit first, with the filter of [`list`].
pub(super) async fn candidates(
    conn: &mut AsyncPgConnection,
    user: UserId,
    query: &EditedQuery,
    wanted: &Candidates,
) -> QueryResult<Vec<EditedRow>> {
    let query = EditedQuery {
        from: wanted.from(query.from),
        to: wanted.to(query.to),
        ..query.clone()
    };
    let rows = filtered(user, wanted.page, &query);
    let rows = match wanted.lookup {
        Lookup::InOrder => rows.filter(edited_messages::terms.contains(&wanted.terms)),
        Lookup::ByIndex => {
            let found = diesel::dsl::sql::<Bool>("id IN (SELECT amda_edited_messages_with(")
                .bind::<Array<BigInt>, _>(&wanted.terms)
                .sql("))");
            rows.filter(found)
        }
    };
    rows.load(conn).await
}

/// A query of a page of the user's edited messages.
type PageQuery<'a> = edited_messages::BoxedQuery<'a, Pg, SqlTypeOf<AsSelect<EditedRow, Pg>>>;

fn filtered(user: UserId, page: Page, query: &EditedQuery) -> PageQuery<'_> {
    let mut rows = newest_first!(
        edited_messages::table
            .filter(edited_messages::user_id.eq(user))
            .select(EditedRow::as_select()),
        page,
        edited_messages::last_edited_at,
        edited_messages::id
    );
    if let Some(accounts) = &query.accounts {
        rows = rows.filter(edited_messages::account_id.eq_any(accounts));
    }
    if let Some(chats) = &query.chats {
        rows = rows.filter(edited_messages::chat_id.eq_any(chats));
    }
    if let Some(senders) = &query.senders {
        rows = rows.filter(edited_messages::sender_id.eq_any(senders));
    }
    if let Some(kinds) = &query.kinds {
        rows = rows.filter(edited_messages::kind.eq_any(kinds));
    }
    if let Some(from) = query.from {
        rows = rows.filter(edited_messages::last_edited_at.ge(from));
    }
    if let Some(to) = query.to {
        rows = rows.filter(edited_messages::last_edited_at.lt(to));
    }
    rows
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
