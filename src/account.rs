//! An account and its owner, and the locks on its row that keep recording and deletion apart.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::crypto::{CryptoError, DataKey};
use crate::db::schema::accounts;
use crate::id::{AccountId, UserId};
use crate::visible_text::visible_line;

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

/// Those of `accounts` that the transaction's user has.
///
/// # Errors
/// The database's.
pub async fn existing(conn: &mut AsyncPgConnection, accounts: &[AccountId]) -> QueryResult<Vec<AccountId>> {
    accounts::table
        .filter(accounts::id.eq_any(accounts))
        .select(accounts::id)
        .load(conn)
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

/// Another account of the transaction's user that is linked to the WhatsApp account with this LID; none when there is
/// none.
///
/// # Errors
/// The database's.
pub async fn linked_elsewhere(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    lid: &str,
) -> QueryResult<Option<AccountId>> {
    accounts::table
        .filter(accounts::lid.eq(lid).and(accounts::id.ne(account)))
        .filter(
            accounts::linked_at
                .is_not_null()
                .and(accounts::state.ne("LOGGED_OUT")),
        )
        .order((accounts::created_at, accounts::id))
        .select(accounts::id)
        .first(conn)
        .await
        .optional()
}

/// The names and the number of an account, sealed as its row holds them.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = accounts)]
pub struct SealedAccountNames {
    id: AccountId,
    sealed_label: Option<Vec<u8>>,
    sealed_phone_number: Option<Vec<u8>>,
    sealed_push_name: Option<Vec<u8>>,
}

/// The names and the number of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountNames {
    /// The user's name for it.
    pub label: Option<String>,
    /// Digits with country code; none until known.
    pub phone_number: Option<String>,
    /// Name that the owner chose on WhatsApp; none until linked.
    pub push_name: Option<String>,
}

impl AccountNames {
    /// The label, else the owner's name, with the phone number behind it; or the phone number alone.
    pub fn display_name(&self) -> String {
        let name = self.label.as_deref().or(self.push_name.as_deref());
        match (name, &self.phone_number) {
            (Some(name), Some(digits)) => format!("{name} (+{digits})"),
            (Some(name), None) => name.to_owned(),
            (None, Some(digits)) => format!("+{digits}"),
            (None, None) => "an account without a name".to_owned(),
        }
    }
}

impl SealedAccountNames {
    /// Opens the names with the key of the row's user.
    ///
    /// # Errors
    /// [`CryptoError`].
    pub fn open(&self, key: &DataKey) -> Result<AccountNames, CryptoError> {
        let open = |column, sealed: &Option<Vec<u8>>| {
            let sealed = sealed.as_deref();
            sealed
                .map(|sealed| key.open_text("accounts", column, self.id, sealed))
                .transpose()
        };
        // Earlier releases stored names as they came.
        let open_name = |column, sealed| {
            let name: Option<String> = open(column, sealed)?;
            Ok(name.and_then(|name| visible_line(&name, usize::MAX)))
        };
        Ok(AccountNames {
            label: open_name(LABEL, &self.sealed_label)?,
            phone_number: open(PHONE_NUMBER, &self.sealed_phone_number)?,
            push_name: open_name(PUSH_NAME, &self.sealed_push_name)?,
        })
    }
}

/// The column of the label.
pub const LABEL: &str = "sealed_label";
/// The column of the phone number.
pub const PHONE_NUMBER: &str = "sealed_phone_number";
/// The column of the owner's name.
pub const PUSH_NAME: &str = "sealed_push_name";

/// Seals a text for `column` of the account `id`.
pub fn seal(key: &DataKey, column: &str, id: AccountId, text: &str) -> Vec<u8> {
    key.seal_text("accounts", column, id, text)
}
