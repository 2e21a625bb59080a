use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::Plan;
use crate::db::schema::users;
use crate::id::UserId;

/// The plan that was granted to `user`, in a transaction of theirs; the one that they bought may be larger.
///
/// # Errors
/// The database's; `NotFound` when there is no such user.
pub async fn granted(conn: &mut AsyncPgConnection, user: UserId) -> QueryResult<Plan> {
    users::table
        .find(user)
        .select(users::granted_plan)
        .first(conn)
        .await
}
