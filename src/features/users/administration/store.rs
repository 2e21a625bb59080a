use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::UserFilter;
use crate::db::views::{admin_sessions, admin_users};
use crate::graphql::{Page, count_rows, newest_ids_first};
use crate::id::{SessionId, UserId};
use crate::plan::Plan;
use crate::user::Role;

/// A user, as admins see them.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = admin_users)]
pub struct AdminUserRow {
    /// Their id.
    pub id: UserId,
    /// The address as the user wrote it.
    pub email: String,
    /// Display name.
    pub display_name: Option<String>,
    /// Plan.
    pub plan: Plan,
    /// Role.
    pub role: Role,
    /// Time at which the user proved that the address is theirs.
    pub email_verified_at: Option<DateTime<Utc>>,
    /// Time of the registration.
    pub created_at: DateTime<Utc>,
    /// Time at which the user is deleted.
    pub deletion_at: Option<DateTime<Utc>>,
    /// Time since which they are suspended.
    pub suspended_at: Option<DateTime<Utc>>,
    /// Reason for the suspension.
    pub suspension_reason: Option<String>,
    /// Number of accounts that are not unlinked.
    pub linked_accounts: i64,
}

/// A session, as admins see it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = admin_sessions)]
pub struct AdminSessionRow {
    /// Its id.
    pub id: SessionId,
    /// User who owns it.
    pub user_id: UserId,
    /// Name of the client.
    pub user_agent: Option<String>,
    /// Address from which it connected.
    pub ip_address: Option<String>,
    /// Time at which the user gave their password.
    pub created_at: DateTime<Utc>,
    /// Time at which it was begun or last refreshed.
    pub last_used_at: DateTime<Utc>,
    /// Time at which it expires unless it is used.
    pub expires_at: DateTime<Utc>,
}

/// Boxes the query of the users that a filter wants.
macro_rules! wanted {
    ($filter:expr) => {{
        let UserFilter {
            search,
            plans,
            roles,
            is_suspended,
        } = $filter;
        let mut rows = admin_users::table.into_boxed();
        if let Some(part) = search {
            let is_named = admin_users::email
                .ilike(&part.pattern)
                .nullable()
                .or(admin_users::display_name.ilike(&part.pattern));
            rows = match part.ids {
                Some((first, last)) => {
                    rows.filter(is_named.or(admin_users::id.between(first, last).nullable()))
                }
                None => rows.filter(is_named),
            };
        }
        if let Some(plans) = plans {
            rows = rows.filter(admin_users::plan.eq_any(plans));
        }
        if let Some(roles) = roles {
            rows = rows.filter(admin_users::role.eq_any(roles));
        }
        match is_suspended {
            Some(true) => rows = rows.filter(admin_users::suspended_at.is_not_null()),
            Some(false) => rows = rows.filter(admin_users::suspended_at.is_null()),
            None => {}
        }
        rows
    }};
}

/// A page of the users that `filter` wants, the newest first.
pub(in crate::features::users) async fn list_users(
    conn: &mut AsyncPgConnection,
    page: Page,
    filter: &UserFilter,
) -> QueryResult<Vec<AdminUserRow>> {
    let rows = wanted!(filter).select(AdminUserRow::as_select());
    newest_ids_first!(rows, page, admin_users::id).load(conn).await
}

/// Number of the users that `filter` wants, [`MOST_COUNTED`](crate::graphql::MOST_COUNTED) at most.
pub(in crate::features::users) async fn count_users(
    conn: &mut AsyncPgConnection,
    filter: &UserFilter,
) -> QueryResult<i64> {
    count_rows!(conn, wanted!(filter))
}

/// The users among `ids`.
pub(in crate::features::users) async fn load_users(
    conn: &mut AsyncPgConnection,
    ids: &[UserId],
) -> QueryResult<Vec<AdminUserRow>> {
    admin_users::table
        .filter(admin_users::id.eq_any(ids))
        .select(AdminUserRow::as_select())
        .load(conn)
        .await
}

/// The living sessions of `users`, the newest first.
pub(in crate::features::users) async fn list_sessions(
    conn: &mut AsyncPgConnection,
    users: &[UserId],
    now: DateTime<Utc>,
) -> QueryResult<Vec<AdminSessionRow>> {
    admin_sessions::table
        .filter(admin_sessions::user_id.eq_any(users))
        .filter(admin_sessions::expires_at.gt(now))
        .order(admin_sessions::created_at.desc())
        .select(AdminSessionRow::as_select())
        .load(conn)
        .await
}

/// The living sessions among `ids`.
pub(in crate::features::users) async fn load_sessions(
    conn: &mut AsyncPgConnection,
    ids: &[SessionId],
    now: DateTime<Utc>,
) -> QueryResult<Vec<AdminSessionRow>> {
    admin_sessions::table
        .filter(admin_sessions::id.eq_any(ids))
        .filter(admin_sessions::expires_at.gt(now))
        .select(AdminSessionRow::as_select())
        .load(conn)
        .await
}
