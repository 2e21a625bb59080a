//! The user whom notifications are for.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::schema::users;
use crate::id::UserId;

/// The e-mail address that the user proved to be theirs; none until they did, and while they are suspended.
pub(in crate::features::notifications) async fn verified_address(
    conn: &mut AsyncPgConnection,
    user: UserId,
) -> QueryResult<Option<String>> {
    users::table
        .find(user)
        .filter(users::email_verified_at.is_not_null())
        .filter(users::suspended_at.is_null())
        .select(users::email)
        .first(conn)
        .await
        .optional()
}

/// The user's locale and time zone.
pub(in crate::features::notifications) async fn locale(
    conn: &mut AsyncPgConnection,
    user: UserId,
) -> QueryResult<(String, String)> {
    users::table
        .find(user)
        .select((users::locale, users::time_zone))
        .first(conn)
        .await
}
