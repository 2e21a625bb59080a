//! What the rows that events name came to, as far as somebody is told of it.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::db::schema::{accounts, deleted_messages, edited_messages, users, view_once_messages};
use crate::id::{AccountId, UserId};

/// Where a linked account stands.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable)]
#[diesel(table_name = accounts)]
pub(in super::super) struct Standing {
    /// As the database spells it.
    pub(in super::super) state: String,
    /// Since when.
    pub(in super::super) state_changed_at: DateTime<Utc>,
    /// When it ends by itself.
    pub(in super::super) state_until: Option<DateTime<Utc>>,
}

/// Where an account stands; none when it is gone, or was never linked.
pub(in super::super) async fn account(
    conn: &mut AsyncPgConnection,
    id: AccountId,
) -> QueryResult<Option<Standing>> {
    accounts::table
        .find(id)
        .filter(accounts::linked_at.is_not_null())
        .select(Standing::as_select())
        .first(conn)
        .await
        .optional()
}

/// The outcome of a view-once message, as the database spells it; none when it is gone, or still being captured.
pub(in super::super) async fn view_once(
    conn: &mut AsyncPgConnection,
    id: Uuid,
) -> QueryResult<Option<String>> {
    let outcome = view_once_messages::table
        .find(id)
        .select(view_once_messages::outcome)
        .first::<Option<String>>(conn)
        .await
        .optional()?;
    Ok(outcome.flatten())
}

/// Whether a deletion was real.
pub(in super::super) async fn is_deleted(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<bool> {
    let real = deleted_messages::table
        .find(id)
        .filter(deleted_messages::outcome.eq("DELETED"));
    diesel::select(diesel::dsl::exists(real)).get_result(conn).await
}

/// Whether an edited message is still there.
pub(in super::super) async fn is_edited(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(edited_messages::table.find(id)))
        .get_result(conn)
        .await
}

/// The user's e-mail address.
pub(in super::super) async fn address(conn: &mut AsyncPgConnection, user: UserId) -> QueryResult<String> {
    users::table.find(user).select(users::email).first(conn).await
}

/// The user's locale and time zone.
pub(in super::super) async fn reader(
    conn: &mut AsyncPgConnection,
    user: UserId,
) -> QueryResult<(String, String)> {
    users::table
        .find(user)
        .select((users::locale, users::time_zone))
        .first(conn)
        .await
}
