use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::schema::{access_tokens, accounts};
use crate::graphql::{AccessTokenScope, Page, count_rows, newest_first};
use crate::id::{AccessTokenId, AccountId, UserId};
use crate::work::Work;

mod functions {
    use diesel::sql_types::{Array, Binary, Uuid};

    diesel::define_sql_function! { fn amda_user_by_access_token(wanted: Binary) -> Nullable<Uuid>; }
    diesel::define_sql_function! { fn amda_access_tokens_there(wanted: Array<Uuid>) -> Uuid; }
}

/// A personal access token's row.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = access_tokens)]
pub struct AccessTokenRow {
    /// Its id.
    pub id: AccessTokenId,
    /// User who owns it.
    pub user_id: UserId,
    /// Its last four characters.
    pub last_four: String,
    /// The name that its owner gave it.
    pub name: String,
    /// The scopes.
    pub scopes: Vec<AccessTokenScope>,
    /// The accounts that it is limited to; none for all.
    pub account_ids: Option<Vec<AccountId>>,
    /// Time of its creation.
    pub created_at: DateTime<Utc>,
    /// Time at which it expires.
    pub expires_at: DateTime<Utc>,
    /// Time of its last use, to a minute; none before the first.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Address from which it was used then.
    pub last_used_from: Option<String>,
}

/// A token to be inserted.
#[derive(Insertable)]
#[diesel(table_name = access_tokens)]
pub(in crate::features::users) struct NewAccessToken<'a> {
    pub(in crate::features::users) id: AccessTokenId,
    pub(in crate::features::users) user_id: UserId,
    pub(in crate::features::users) token_hash: &'a [u8],
    pub(in crate::features::users) last_four: &'a str,
    pub(in crate::features::users) name: &'a str,
    pub(in crate::features::users) scopes: &'a [AccessTokenScope],
    pub(in crate::features::users) account_ids: Option<&'a [AccountId]>,
    pub(in crate::features::users) created_at: DateTime<Utc>,
    pub(in crate::features::users) expires_at: DateTime<Utc>,
}

/// The user of a token, whoever asks.
pub(in crate::features::users) async fn find_by_access_token(
    conn: &mut AsyncPgConnection,
    hash: &[u8],
) -> QueryResult<Option<UserId>> {
    diesel::select(functions::amda_user_by_access_token(hash))
        .get_result(conn)
        .await
}

pub(in crate::features::users) async fn find_access_token(
    conn: &mut AsyncPgConnection,
    hash: &[u8],
) -> QueryResult<Option<AccessTokenRow>> {
    access_tokens::table
        .filter(access_tokens::token_hash.eq(hash))
        .select(AccessTokenRow::as_select())
        .first(conn)
        .await
        .optional()
}

pub(in crate::features::users) async fn is_access_token_there(
    conn: &mut AsyncPgConnection,
    id: AccessTokenId,
) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(access_tokens::table.find(id)))
        .get_result(conn)
        .await
}

/// Those of `ids` that are there, whosever they are; for a transaction without a user.
pub(in crate::features::users) async fn list_access_tokens_there(
    conn: &mut AsyncPgConnection,
    ids: &[AccessTokenId],
) -> QueryResult<Vec<AccessTokenId>> {
    diesel::select(functions::amda_access_tokens_there(ids))
        .load(conn)
        .await
}

pub(in crate::features::users) async fn insert_access_token(
    work: &mut Work,
    new: &NewAccessToken<'_>,
) -> QueryResult<AccessTokenRow> {
    diesel::insert_into(access_tokens::table)
        .values(new)
        .returning(AccessTokenRow::as_returning())
        .get_result(work)
        .await
}

/// The tokens of `user` that have not expired, the newest first.
pub(in crate::features::users) async fn list_access_tokens(
    conn: &mut AsyncPgConnection,
    user: UserId,
    now: DateTime<Utc>,
    page: Page,
) -> QueryResult<Vec<AccessTokenRow>> {
    let query = newest_first!(
        access_tokens::table
            .filter(access_tokens::user_id.eq(user))
            .filter(access_tokens::expires_at.gt(now))
            .select(AccessTokenRow::as_select()),
        page,
        access_tokens::created_at,
        access_tokens::id
    );
    query.load(conn).await
}

/// The number of tokens of `user` that have not expired.
pub(in crate::features::users) async fn count_access_tokens(
    conn: &mut AsyncPgConnection,
    user: UserId,
    now: DateTime<Utc>,
) -> QueryResult<i64> {
    count_rows!(
        conn,
        access_tokens::table
            .filter(access_tokens::user_id.eq(user))
            .filter(access_tokens::expires_at.gt(now))
    )
}

/// The tokens among `ids`, expired ones too.
pub(in crate::features::users) async fn load_access_tokens(
    conn: &mut AsyncPgConnection,
    ids: &[AccessTokenId],
) -> QueryResult<Vec<AccessTokenRow>> {
    access_tokens::table
        .filter(access_tokens::id.eq_any(ids))
        .select(AccessTokenRow::as_select())
        .load(conn)
        .await
}

/// Deletes a token; false when there is none.
pub(in crate::features::users) async fn delete_access_token(
    conn: &mut AsyncPgConnection,
    id: AccessTokenId,
) -> QueryResult<bool> {
    diesel::delete(access_tokens::table.find(id))
        .execute(conn)
        .await
        .map(|deleted| deleted == 1)
}

/// Deletes every token of `user`; answers with their ids.
pub(in crate::features::users) async fn delete_access_tokens(
    conn: &mut AsyncPgConnection,
    user: UserId,
) -> QueryResult<Vec<AccessTokenId>> {
    diesel::delete(access_tokens::table.filter(access_tokens::user_id.eq(user)))
        .returning(access_tokens::id)
        .get_results(conn)
        .await
}

/// Notes that a token was used.
pub(in crate::features::users) async fn note_access_token_use(
    conn: &mut AsyncPgConnection,
    id: AccessTokenId,
    now: DateTime<Utc>,
    from: Option<&str>,
) -> QueryResult<()> {
    diesel::update(access_tokens::table.find(id))
        .set((
            access_tokens::last_used_at.eq(now),
            access_tokens::last_used_from.eq(from),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// Those of `ids` that are accounts of the user.
pub(in crate::features::users) async fn find_own_accounts(
    conn: &mut AsyncPgConnection,
    ids: &[AccountId],
) -> QueryResult<Vec<AccountId>> {
    accounts::table
        .filter(accounts::id.eq_any(ids))
        .select(accounts::id)
        .load(conn)
        .await
}
