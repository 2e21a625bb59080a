use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::AccountRow;
use crate::db::schema::accounts;
use crate::features::accounts::model::AccountState;
use crate::id::UserId;

/// The user's newest account that no phone has been linked to, whatever became of the try.
pub(in crate::features::accounts) async fn find_never_linked(
    conn: &mut AsyncPgConnection,
    user: UserId,
) -> QueryResult<Option<AccountRow>> {
    accounts::table
        .filter(accounts::user_id.eq(user))
        .filter(accounts::linked_at.is_null().and(accounts::lid.is_null()))
        .order(accounts::created_at.desc())
        .select(AccountRow::as_select())
        .first(conn)
        .await
        .optional()
}

/// The user's accounts whose link was removed on the phone or by WhatsApp.
pub(in crate::features::accounts) async fn list_logged_out(
    conn: &mut AsyncPgConnection,
    user: UserId,
) -> QueryResult<Vec<AccountRow>> {
    accounts::table
        .filter(accounts::user_id.eq(user))
        .filter(accounts::state.eq(AccountState::LoggedOut))
        .order(accounts::created_at)
        .select(AccountRow::as_select())
        .load(conn)
        .await
}
