use diesel::prelude::*;
use diesel::sql_types::Uuid as SqlUuid;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::schema::event_followings;
use crate::id::UserId;

/// How far the user's events were followed; nobody else follows them until the transaction ends. None: somebody does.
pub(super) async fn lock(conn: &mut AsyncPgConnection, user: UserId) -> QueryResult<Option<i64>> {
    diesel::insert_into(event_followings::table)
        .values((
            event_followings::user_id.eq(user),
            event_followings::followed.eq(0),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    event_followings::table
        .find(user)
        .select(event_followings::followed)
        .for_update()
        .skip_locked()
        .first(conn)
        .await
        .optional()
}

/// Notes how far they were followed.
pub(super) async fn mark(conn: &mut AsyncPgConnection, user: UserId, followed: i64) -> QueryResult<()> {
    diesel::update(event_followings::table.find(user))
        .set(event_followings::followed.eq(followed))
        .execute(conn)
        .await
        .map(drop)
}

diesel::define_sql_function! {
    /// Users with events that were not followed yet.
    #[sql_name = "amda_users_to_follow"]
    fn users_to_follow() -> SqlUuid;
}

/// The users with events that were not followed yet: for a transaction of nobody's.
pub(super) async fn users_behind(conn: &mut AsyncPgConnection) -> QueryResult<Vec<UserId>> {
    diesel::select(users_to_follow()).load(conn).await
}
