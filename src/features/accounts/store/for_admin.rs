//! The accounts of all users, in a transaction of an admin; none in one of anybody else.

use chrono::{DateTime, Utc};
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::views::admin_accounts;
use crate::features::accounts::model::AccountState;
use crate::graphql::{Page, count_rows, newest_ids_first};
use crate::id::{AccountId, UserId};

/// An account, as admins see it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = admin_accounts)]
pub struct AdminAccountRow {
    /// Its id.
    pub id: AccountId,
    /// User who owns it.
    pub user_id: UserId,
    /// State, as the database stores it.
    pub state: String,
    /// Reason for the state, as the database stores it.
    pub state_reason: Option<String>,
    /// Time at which the state last changed.
    pub state_changed_at: DateTime<Utc>,
    /// Time at which it was made.
    pub created_at: DateTime<Utc>,
    /// Time at which the phone agreed to the link.
    pub linked_at: Option<DateTime<Utc>>,
    /// Time of the last data from WhatsApp, to the minute.
    pub last_traffic_at: Option<DateTime<Utc>>,
}

/// Boxes the query of the accounts in these states, or in any.
macro_rules! wanted {
    ($states:expr) => {{
        let rows = admin_accounts::table.into_boxed();
        match $states {
            Some(states) => rows.filter(admin_accounts::state.eq_any(states)),
            None => rows,
        }
    }};
}

/// A page of the accounts in these states, the newest first.
pub(in crate::features::accounts) async fn list_for_admin(
    conn: &mut AsyncPgConnection,
    page: Page,
    states: Option<&[AccountState]>,
) -> QueryResult<Vec<AdminAccountRow>> {
    let rows = wanted!(states).select(AdminAccountRow::as_select());
    newest_ids_first!(rows, page, admin_accounts::id).load(conn).await
}

/// Number of the accounts in these states, [`MOST_COUNTED`](crate::graphql::MOST_COUNTED) at most.
pub(in crate::features::accounts) async fn count_for_admin(
    conn: &mut AsyncPgConnection,
    states: Option<&[AccountState]>,
) -> QueryResult<i64> {
    count_rows!(conn, wanted!(states))
}

/// The states that accounts are in, each with their number, the most frequent first.
pub(in crate::features::accounts) async fn count_states_for_admin(
    conn: &mut AsyncPgConnection,
) -> QueryResult<Vec<(String, i64)>> {
    admin_accounts::table
        .group_by(admin_accounts::state)
        .order((count_star().desc(), admin_accounts::state.asc()))
        .select((admin_accounts::state, count_star()))
        .load(conn)
        .await
}

/// The accounts among `ids`.
pub(in crate::features::accounts) async fn load_for_admin(
    conn: &mut AsyncPgConnection,
    ids: &[AccountId],
) -> QueryResult<Vec<AdminAccountRow>> {
    admin_accounts::table
        .filter(admin_accounts::id.eq_any(ids))
        .select(AdminAccountRow::as_select())
        .load(conn)
        .await
}

/// The accounts of `users`, the oldest first.
pub(in crate::features::accounts) async fn load_of_users_for_admin(
    conn: &mut AsyncPgConnection,
    users: &[UserId],
) -> QueryResult<Vec<AdminAccountRow>> {
    admin_accounts::table
        .filter(admin_accounts::user_id.eq_any(users))
        .order(admin_accounts::id)
        .select(AdminAccountRow::as_select())
        .load(conn)
        .await
}
