//! Accounts of all users that concern a starting server.

use diesel::QueryableByName;
use diesel::sql_types;
use diesel_async::RunQueryDsl;

use super::error::SupervisorError;
use crate::account::AccountRef;
use crate::db::Db;
use crate::id::{AccountId, UserId};

/// Accounts that should run.
pub(super) async fn to_run(db: &Db) -> Result<Vec<AccountRef>, SupervisorError> {
    load(db, "SELECT user_id, account_id FROM amda_accounts_to_run()").await
}

/// Accounts whose linking was interrupted when the server stopped.
pub(super) async fn being_linked(db: &Db) -> Result<Vec<AccountRef>, SupervisorError> {
    load(db, "SELECT user_id, account_id FROM amda_accounts_being_linked()").await
}

async fn load(db: &Db, query: &str) -> Result<Vec<AccountRef>, SupervisorError> {
    let mut tx = db.begin_without_user().await?;
    let rows: Vec<AccountIds> = diesel::sql_query(query).load(&mut *tx).await?;
    tx.rollback().await?;
    let account = |row: AccountIds| AccountRef {
        id: row.account_id,
        user: row.user_id,
    };
    Ok(rows.into_iter().map(account).collect())
}

#[derive(QueryableByName)]
struct AccountIds {
    #[diesel(sql_type = sql_types::Uuid)]
    user_id: UserId,
    #[diesel(sql_type = sql_types::Uuid)]
    account_id: AccountId,
}
