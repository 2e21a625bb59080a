//! Rows of wrapped keys, and the row of the installation's secret.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::schema::installation_secrets;

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

/// The installation's secret; none before the first start.
pub(super) async fn find_secret(conn: &mut AsyncPgConnection) -> QueryResult<Option<SealedSecret>> {
    installation_secrets::table
        .select((installation_secrets::master_key_id, installation_secrets::sealed))
        .get_result(conn)
        .await
        .optional()
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

/// True when there is or was a user.
pub(super) async fn has_had_user(conn: &mut AsyncPgConnection) -> QueryResult<bool> {
    diesel::select(has_had_users()).get_result(conn).await
}
