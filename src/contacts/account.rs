use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::schema::accounts;
use crate::id::AccountId;

/// Whether the transaction's user has this account.
///
/// # Errors
/// The database's.
pub async fn has_account(conn: &mut AsyncPgConnection, account: AccountId) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(accounts::table.find(account)))
        .get_result(conn)
        .await
}

/// The same, and nothing is recorded of the account until the transaction ends: whoever is recording now is waited for.
/// A row that names the account holds on to it, and so does [`share_account`].
///
/// # Errors
/// The database's.
pub async fn lock_account(conn: &mut AsyncPgConnection, account: AccountId) -> QueryResult<bool> {
    let locked: Option<AccountId> = accounts::table
        .find(account)
        .select(accounts::id)
        .for_update()
        .first(conn)
        .await
        .optional()?;
    Ok(locked.is_some())
}

/// Holds on to the account until the transaction ends, as a new row that names it would.
///
/// # Errors
/// The database's.
pub async fn share_account(conn: &mut AsyncPgConnection, account: AccountId) -> QueryResult<()> {
    let _: Option<AccountId> = accounts::table
        .find(account)
        .select(accounts::id)
        .for_key_share()
        .first(conn)
        .await
        .optional()?;
    Ok(())
}

/// The LID that was linked to the account before; none when none was.
///
/// # Errors
/// The database's.
pub async fn linked_lid(conn: &mut AsyncPgConnection, account: AccountId) -> QueryResult<Option<String>> {
    let lid: Option<Option<String>> = accounts::table
        .find(account)
        .select(accounts::lid)
        .first(conn)
        .await
        .optional()?;
    Ok(lid.flatten())
}
