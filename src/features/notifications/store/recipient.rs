//! The user whom notifications are for.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::schema::users;
use crate::id::UserId;

/// The user's e-mail address.
pub(in crate::features::notifications) async fn address(
    conn: &mut AsyncPgConnection,
    user: UserId,
) -> QueryResult<String> {
    users::table.find(user).select(users::email).first(conn).await
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
