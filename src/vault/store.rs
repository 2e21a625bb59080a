//! Rows of wrapped keys, and the row of the installation's secret.

use diesel::prelude::*;
use diesel::sql_types::{Integer, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::schema::{installation_secrets, user_keys};
use crate::id::UserId;

diesel::define_sql_function! {
    /// Users whose keys another master key wraps than the named one, in the order of their ids.
    #[sql_name = "amda_users_of_other_keys"]
    fn users_of_other_keys(current_key: Text, behind: Nullable<SqlUuid>, most: Integer) -> SqlUuid;
}

diesel::define_sql_function! {
    /// True when there is or was a user.
    #[sql_name = "amda_has_had_users"]
    fn has_had_users() -> Bool;
}

/// The installation's secret as stored.
#[derive(Debug, Queryable)]
pub(super) struct SealedSecret {
    /// The name of the current master key, which seals it.
    pub(super) master_key_id: String,
    pub(super) sealed: Vec<u8>,
}

/// A user's key as stored.
#[derive(Debug, Queryable)]
pub(super) struct WrappedKey {
    pub(super) master_key_id: String,
    pub(super) wrapped: Vec<u8>,
}

/// The installation's secret; none before the first start.
pub(super) async fn find_secret(conn: &mut AsyncPgConnection) -> QueryResult<Option<SealedSecret>> {
    installation_secrets::table
        .select((installation_secrets::master_key_id, installation_secrets::sealed))
        .get_result(conn)
        .await
        .optional()
}

/// As [`find_secret`], and keeps others from naming a key until the transaction ends.
pub(super) async fn lock_secret(conn: &mut AsyncPgConnection) -> QueryResult<SealedSecret> {
    installation_secrets::table
        .select((installation_secrets::master_key_id, installation_secrets::sealed))
        .for_update()
        .get_result(conn)
        .await
}

/// The name of the current master key, which stays until the transaction ends; none before the first start.
pub(super) async fn hold_current(conn: &mut AsyncPgConnection) -> QueryResult<Option<String>> {
    installation_secrets::table
        .select(installation_secrets::master_key_id)
        .for_share()
        .get_result(conn)
        .await
        .optional()
}

/// Stores the installation's secret, unless there is one.
pub(super) async fn insert_secret(conn: &mut AsyncPgConnection, secret: &SealedSecret) -> QueryResult<()> {
    diesel::insert_into(installation_secrets::table)
        .values((
            installation_secrets::master_key_id.eq(&secret.master_key_id),
            installation_secrets::sealed.eq(&secret.sealed),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await
        .map(drop)
}

/// Replaces the sealed secret, and with it the name of the current key.
pub(super) async fn update_secret(conn: &mut AsyncPgConnection, secret: &SealedSecret) -> QueryResult<()> {
    diesel::update(installation_secrets::table)
        .set((
            installation_secrets::master_key_id.eq(&secret.master_key_id),
            installation_secrets::sealed.eq(&secret.sealed),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// True when there is or was a user.
pub(super) async fn has_had_user(conn: &mut AsyncPgConnection) -> QueryResult<bool> {
    diesel::select(has_had_users()).get_result(conn).await
}

/// At most `most` users behind one whose keys are not wrapped by `current`.
pub(super) async fn others_after(
    conn: &mut AsyncPgConnection,
    current: &str,
    behind: Option<UserId>,
    most: i32,
) -> QueryResult<Vec<UserId>> {
    diesel::select(users_of_other_keys(current, behind, most))
        .load(conn)
        .await
}

/// The key of `user`, in a transaction of theirs; locked until that ends. None when they were deleted.
pub(super) async fn lock_key(conn: &mut AsyncPgConnection, user: UserId) -> QueryResult<Option<WrappedKey>> {
    user_keys::table
        .filter(user_keys::user_id.eq(user))
        .select((user_keys::master_key_id, user_keys::wrapped))
        .for_update()
        .get_result(conn)
        .await
        .optional()
}

/// Replaces the wrapped key of `user`, in a transaction of theirs.
pub(super) async fn update_key(
    conn: &mut AsyncPgConnection,
    user: UserId,
    key: &WrappedKey,
) -> QueryResult<()> {
    diesel::update(user_keys::table.find(user))
        .set((
            user_keys::master_key_id.eq(&key.master_key_id),
            user_keys::wrapped.eq(&key.wrapped),
        ))
        .execute(conn)
        .await
        .map(drop)
}
