use diesel::prelude::*;
use diesel::sql_types::Uuid as SqlUuid;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::KeepPrepared as _;
use crate::db::schema::event_followings;
use crate::id::UserId;

/// Locks the user's position, the number of the last consumed event, until the transaction ends. None when another
/// transaction has it locked.
pub(super) async fn lock_position(conn: &mut AsyncPgConnection, user: UserId) -> QueryResult<Option<i64>> {
    if let Some(position) = lock_stored(conn, user).await? {
        return Ok(Some(position));
    }
    let inserted = diesel::insert_into(event_followings::table)
        .values((
            event_followings::user_id.eq(user),
            event_followings::followed.eq(0),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    if inserted > 0 {
        return Ok(Some(0));
    }
    // Another transaction inserted it, and may have ended meanwhile.
    lock_stored(conn, user).await
}

async fn lock_stored(conn: &mut AsyncPgConnection, user: UserId) -> QueryResult<Option<i64>> {
    event_followings::table
        .find(user)
        .select(event_followings::followed)
        .for_update()
        .skip_locked()
        .first(conn)
        .await
        .optional()
}

/// Saves the number of the last consumed event.
pub(super) async fn save_position(
    conn: &mut AsyncPgConnection,
    user: UserId,
    position: i64,
) -> QueryResult<()> {
    diesel::update(event_followings::table.find(user))
        .set(event_followings::followed.eq(position))
        .keep_prepared()
        .execute(conn)
        .await
        .map(drop)
}

diesel::define_sql_function! {
    /// Users with unconsumed events.
    #[sql_name = "amda_users_to_follow"]
    fn users_to_follow() -> SqlUuid;
}

/// The users with unconsumed events; for a transaction without a user.
pub(super) async fn users_behind(conn: &mut AsyncPgConnection) -> QueryResult<Vec<UserId>> {
    diesel::select(users_to_follow()).load(conn).await
}
