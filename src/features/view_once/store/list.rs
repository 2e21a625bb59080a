use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::super::model::CaptureOutcome;
use super::messages::ViewOnceRow;
use crate::db::schema::{view_once_messages, view_once_settings};
use crate::event::MediaKind;
use crate::graphql::{Page, count_rows, newest_first};
use crate::id::{AccountId, ContactId, UserId};
use crate::messages::MessageKind;

/// Filter of a list of messages. A field that is `None` leaves nothing out; an empty list matches nothing.
#[derive(Debug, Clone, Default)]
pub struct ViewOnceQuery {
    /// Of these accounts.
    pub accounts: Option<Vec<AccountId>>,
    /// With these outcomes.
    pub outcomes: Option<Vec<CaptureOutcome>>,
    /// Of these kinds; [`MessageKind::ViewOnce`] stands for messages of which only a placeholder arrived.
    pub kinds: Option<Vec<MessageKind>>,
    /// By these contacts.
    pub senders: Option<Vec<ContactId>>,
    /// Received at this time or later.
    pub from: Option<DateTime<Utc>>,
    /// Received before this time.
    pub to: Option<DateTime<Utc>>,
}

/// Adds the filter `$query` of the list of `$user` to the boxed query `$rows`.
macro_rules! matching {
    ($rows:expr, $user:expr, $query:expr) => {{
        let mut rows = $rows
            .filter(view_once_messages::user_id.eq($user))
            .filter(view_once_messages::outcome.is_not_null());
        if let Some(accounts) = &$query.accounts {
            rows = rows.filter(view_once_messages::account_id.eq_any(accounts));
        }
        if let Some(outcomes) = &$query.outcomes {
            rows = rows.filter(view_once_messages::outcome.eq_any(outcomes));
        }
        if let Some(kinds) = &$query.kinds {
            let is_named = |kind: &MediaKind| kinds.contains(&MessageKind::of_media(*kind));
            let known: Vec<MediaKind> = MediaKind::ALL.into_iter().filter(is_named).collect();
            let is_wanted = view_once_messages::kind.eq_any(known);
            rows = if kinds.contains(&MessageKind::ViewOnce) {
                rows.filter(is_wanted.or(view_once_messages::kind.is_null()))
            } else {
                rows.filter(is_wanted)
            };
        }
        if let Some(senders) = &$query.senders {
            rows = rows.filter(view_once_messages::sender_id.eq_any(senders));
        }
        if let Some(from) = $query.from {
            rows = rows.filter(view_once_messages::received_at.ge(from));
        }
        if let Some(to) = $query.to {
            rows = rows.filter(view_once_messages::received_at.lt(to));
        }
        rows
    }};
}

/// Lists a page of the user's messages that have an outcome, newest first. `query.senders` must include the alias rows of
/// each contact.
pub(in crate::features::view_once) async fn list(
    conn: &mut AsyncPgConnection,
    user: UserId,
    page: Page,
    query: &ViewOnceQuery,
) -> QueryResult<Vec<ViewOnceRow>> {
    let rows = newest_first!(
        view_once_messages::table.select(ViewOnceRow::as_select()),
        page,
        view_once_messages::received_at,
        view_once_messages::id
    );
    matching!(rows, user, query).load(conn).await
}

/// Counts the messages of the whole list, as [`list`] filters it.
pub(in crate::features::view_once) async fn count(
    conn: &mut AsyncPgConnection,
    user: UserId,
    query: &ViewOnceQuery,
) -> QueryResult<i64> {
    let rows = view_once_messages::table.into_boxed::<Pg>();
    count_rows!(conn, matching!(rows, user, query))
}

/// Counts the messages that the quota refused and that can be captured when it allows them.
pub(in crate::features::view_once) async fn count_retriable(
    conn: &mut AsyncPgConnection,
    user: UserId,
) -> QueryResult<i64> {
    let capturing = view_once_settings::table
        .filter(view_once_settings::is_enabled)
        .select(view_once_settings::account_id);
    let rows = view_once_messages::table
        .filter(view_once_messages::user_id.eq(user))
        .filter(view_once_messages::outcome.eq(CaptureOutcome::QuotaExhausted))
        .filter(view_once_messages::media_id.is_not_null())
        .filter(view_once_messages::is_capturing.eq(false))
        .filter(view_once_messages::account_id.eq_any(capturing));
    count_rows!(conn, rows)
}
