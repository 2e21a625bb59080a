//! An account and its owner, and the locks on its row that keep recording and deletion apart.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::schema::accounts;
use crate::id::{AccountId, UserId};

/// An account and its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AccountRef {
    /// The account.
    pub id: AccountId,
    /// Its owner.
    pub user: UserId,
}

/// True when the transaction's user has this account.
///
/// # Errors
/// The database's.
pub async fn exists(conn: &mut AsyncPgConnection, account: AccountId) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(accounts::table.find(account)))
        .get_result(conn)
        .await
}

/// As [`exists`], with `FOR UPDATE`: blocks until concurrent recording for the account commits, and keeps it out until
/// this transaction ends.
///
/// # Errors
/// The database's.
pub async fn lock(conn: &mut AsyncPgConnection, account: AccountId) -> QueryResult<bool> {
    let locked: Option<AccountId> = accounts::table
        .find(account)
        .select(accounts::id)
        .for_update()
        .first(conn)
        .await
        .optional()?;
    Ok(locked.is_some())
}

/// Holds the account's row with `FOR KEY SHARE` until the transaction ends, as a new row that names it does: [`lock`]
/// then waits for this transaction.
///
/// # Errors
/// The database's.
pub async fn lock_shared(conn: &mut AsyncPgConnection, account: AccountId) -> QueryResult<()> {
    let _: Option<AccountId> = accounts::table
        .find(account)
        .select(accounts::id)
        .for_key_share()
        .first(conn)
        .await
        .optional()?;
    Ok(())
}

/// The LID of the WhatsApp account that was linked last; none when none was.
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
