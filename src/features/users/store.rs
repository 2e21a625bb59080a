use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::schema::{accounts, logins, refresh_tokens, users};
use crate::id::{AccountId, LoginId, UserId};
use crate::work::Work;

mod functions {
    use diesel::sql_types::{Binary, Text, Timestamptz};

    diesel::define_sql_function! { fn amda_user_by_email(wanted: Text) -> Nullable<Uuid>; }
    diesel::define_sql_function! { fn amda_user_by_refresh_token(wanted: Binary) -> Nullable<Uuid>; }
    diesel::define_sql_function! { fn amda_logins_revoked_since(since: Timestamptz) -> Uuid; }
}

/// A user's row, without the password.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct UserRow {
    /// Their id.
    pub id: UserId,
    /// The address as the user wrote it.
    pub email: String,
    /// Display name.
    pub display_name: Option<String>,
    /// A language tag of BCP 47.
    pub locale: String,
    /// A zone of the IANA database.
    pub time_zone: String,
    /// Time at which the user proved that the address is theirs.
    pub email_verified_at: Option<DateTime<Utc>>,
    /// Time of the registration.
    pub created_at: DateTime<Utc>,
}

/// A new user's row.
#[derive(Insertable)]
#[diesel(table_name = users)]
pub(super) struct NewUserRow<'a> {
    pub(super) id: UserId,
    pub(super) email: &'a str,
    pub(super) password_hash: &'a str,
    pub(super) display_name: Option<&'a str>,
    pub(super) locale: &'a str,
    pub(super) time_zone: &'a str,
    pub(super) plan: &'a str,
    pub(super) created_at: DateTime<Utc>,
}

/// Changes of a profile; `None` stays as it is.
#[derive(AsChangeset)]
#[diesel(table_name = users)]
pub(super) struct ProfileChange {
    #[expect(
        clippy::option_option,
        reason = "the outer says whether it changes, the inner what to"
    )]
    pub(super) display_name: Option<Option<String>>,
    pub(super) locale: Option<String>,
    pub(super) time_zone: Option<String>,
}

/// A login's row.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = logins)]
pub struct LoginRow {
    /// Its id.
    pub id: LoginId,
    /// User who owns it.
    pub user_id: UserId,
    /// Name of the client.
    pub user_agent: Option<String>,
    /// Address from which it connected.
    pub ip_address: Option<String>,
    /// Time of the login with the password.
    pub created_at: DateTime<Utc>,
    /// Time at which a session was last begun or refreshed.
    pub last_used_at: DateTime<Utc>,
    /// Time at which it expires unless it is used.
    pub expires_at: DateTime<Utc>,
}

/// A refresh token that somebody presented.
#[derive(Queryable)]
pub(super) struct Presented {
    pub(super) login: LoginId,
    pub(super) used_at: Option<DateTime<Utc>>,
    /// Fingerprint of the client that used it.
    pub(super) used_by: Option<Vec<u8>>,
    pub(super) expires_at: DateTime<Utc>,
    pub(super) revoked_at: Option<DateTime<Utc>>,
}

pub(super) async fn find_by_email(
    conn: &mut AsyncPgConnection,
    email_key: &str,
) -> QueryResult<Option<UserId>> {
    diesel::select(functions::amda_user_by_email(email_key))
        .get_result(conn)
        .await
}

pub(super) async fn find_by_refresh_token(
    conn: &mut AsyncPgConnection,
    hash: &[u8],
) -> QueryResult<Option<UserId>> {
    diesel::select(functions::amda_user_by_refresh_token(hash))
        .get_result(conn)
        .await
}

pub(super) async fn list_revoked_since(
    conn: &mut AsyncPgConnection,
    since: DateTime<Utc>,
) -> QueryResult<Vec<LoginId>> {
    diesel::select(functions::amda_logins_revoked_since(since))
        .load(conn)
        .await
}

/// Returns true when `error` is the unique violation of an e-mail address.
pub(super) fn is_email_taken(error: &Error) -> bool {
    match error {
        Error::DatabaseError(DatabaseErrorKind::UniqueViolation, about) => {
            about.constraint_name() == Some("users_email_key")
        }
        _ => false,
    }
}

pub(super) async fn insert(conn: &mut AsyncPgConnection, user: &NewUserRow<'_>) -> QueryResult<()> {
    diesel::insert_into(users::table)
        .values(user)
        .execute(conn)
        .await
        .map(drop)
}

pub(super) async fn find(conn: &mut AsyncPgConnection, user: UserId) -> QueryResult<Option<UserRow>> {
    users::table
        .find(user)
        .select(UserRow::as_select())
        .first(conn)
        .await
        .optional()
}

/// The hash, locked against a change until the transaction ends.
pub(super) async fn find_password_hash(
    conn: &mut AsyncPgConnection,
    user: UserId,
) -> QueryResult<Option<String>> {
    users::table
        .find(user)
        .select(users::password_hash)
        .for_share()
        .first(conn)
        .await
        .optional()
}

/// Replaces the hash `old`; false when it is no longer that.
pub(super) async fn change_password(
    conn: &mut AsyncPgConnection,
    user: UserId,
    old: &str,
    new: &str,
) -> QueryResult<bool> {
    diesel::update(users::table.find(user).filter(users::password_hash.eq(old)))
        .set(users::password_hash.eq(new))
        .execute(conn)
        .await
        .map(|changed| changed == 1)
}

pub(super) async fn set_password(conn: &mut AsyncPgConnection, user: UserId, hash: &str) -> QueryResult<()> {
    diesel::update(users::table.find(user))
        .set(users::password_hash.eq(hash))
        .execute(conn)
        .await
        .map(drop)
}

/// The accounts of the user, unlinked ones too.
pub(super) async fn list_accounts(conn: &mut AsyncPgConnection, user: UserId) -> QueryResult<Vec<AccountId>> {
    accounts::table
        .filter(accounts::user_id.eq(user))
        .select(accounts::id)
        .load(conn)
        .await
}

/// Deletes the user of `work`, and with them every row of theirs.
pub(super) async fn delete(work: &mut Work) -> QueryResult<()> {
    let user = work.user;
    diesel::delete(users::table.find(user))
        .execute(&mut **work)
        .await
        .map(drop)
}

pub(super) async fn change_profile(
    conn: &mut AsyncPgConnection,
    user: UserId,
    change: &ProfileChange,
) -> QueryResult<UserRow> {
    diesel::update(users::table.find(user))
        .set(change)
        .returning(UserRow::as_returning())
        .get_result(conn)
        .await
}

pub(super) async fn insert_login(conn: &mut AsyncPgConnection, login: &LoginRow) -> QueryResult<()> {
    diesel::insert_into(logins::table)
        .values(login)
        .execute(conn)
        .await
        .map(drop)
}

/// The living logins, the newest first.
pub(super) async fn list_logins(
    conn: &mut AsyncPgConnection,
    user: UserId,
    now: DateTime<Utc>,
    limit: i64,
) -> QueryResult<Vec<LoginRow>> {
    logins::table
        .filter(logins::user_id.eq(user))
        .filter(logins::revoked_at.is_null())
        .filter(logins::expires_at.gt(now))
        .order(logins::created_at.desc())
        .limit(limit)
        .select(LoginRow::as_select())
        .load(conn)
        .await
}

/// The addresses of the user's logins, ended ones too, the newest first.
pub(super) async fn list_login_addresses(
    conn: &mut AsyncPgConnection,
    user: UserId,
    limit: i64,
) -> QueryResult<Vec<String>> {
    logins::table
        .filter(logins::user_id.eq(user))
        .order(logins::created_at.desc())
        .limit(limit)
        .select(logins::ip_address)
        .load::<Option<String>>(conn)
        .await
        .map(|addresses| addresses.into_iter().flatten().collect())
}

/// Ends a login that lives; answers with it, or with nothing.
pub(super) async fn revoke_login(
    conn: &mut AsyncPgConnection,
    login: LoginId,
    now: DateTime<Utc>,
) -> QueryResult<Option<LoginRow>> {
    diesel::update(logins::table.find(login).filter(logins::revoked_at.is_null()))
        .set(logins::revoked_at.eq(now))
        .returning(LoginRow::as_returning())
        .get_result(conn)
        .await
        .optional()
}

/// Ends every login of `user` but one.
pub(super) async fn revoke_logins(
    conn: &mut AsyncPgConnection,
    user: UserId,
    spared: Option<LoginId>,
    now: DateTime<Utc>,
) -> QueryResult<Vec<LoginId>> {
    diesel::update(
        logins::table
            .filter(logins::user_id.eq(user))
            .filter(logins::revoked_at.is_null())
            .filter(logins::id.nullable().is_distinct_from(spared)),
    )
    .set(logins::revoked_at.eq(now))
    .returning(logins::id)
    .get_results(conn)
    .await
}

/// Removes the logins of `user` that ended before `long_ago`, and their tokens.
pub(super) async fn forget_logins(
    conn: &mut AsyncPgConnection,
    user: UserId,
    long_ago: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::delete(
        logins::table
            .filter(logins::user_id.eq(user))
            .filter(logins::expires_at.lt(long_ago)),
    )
    .execute(conn)
    .await
    .map(drop)
}

pub(super) async fn insert_refresh_token(
    conn: &mut AsyncPgConnection,
    hash: &[u8],
    user: UserId,
    login: LoginId,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::insert_into(refresh_tokens::table)
        .values((
            refresh_tokens::token_hash.eq(hash),
            refresh_tokens::user_id.eq(user),
            refresh_tokens::login_id.eq(login),
            refresh_tokens::created_at.eq(now),
        ))
        .execute(conn)
        .await
        .map(drop)
}

pub(super) async fn find_refresh_token(
    conn: &mut AsyncPgConnection,
    hash: &[u8],
) -> QueryResult<Option<Presented>> {
    refresh_tokens::table
        .inner_join(logins::table.on(logins::id.eq(refresh_tokens::login_id)))
        .filter(refresh_tokens::token_hash.eq(hash))
        .select((
            logins::id,
            refresh_tokens::used_at,
            refresh_tokens::used_by,
            logins::expires_at,
            logins::revoked_at,
        ))
        .first(conn)
        .await
        .optional()
}

/// Marks an unused token as used by the client with this fingerprint; false when another transaction was first.
pub(super) async fn use_refresh_token(
    conn: &mut AsyncPgConnection,
    hash: &[u8],
    now: DateTime<Utc>,
    client: &[u8],
) -> QueryResult<bool> {
    let unused = refresh_tokens::table
        .find(hash)
        .filter(refresh_tokens::used_at.is_null());
    diesel::update(unused)
        .set((
            refresh_tokens::used_at.eq(now),
            refresh_tokens::used_by.eq(client),
        ))
        .execute(conn)
        .await
        .map(|used| used == 1)
}

/// Lets a login live on; false when it was ended meanwhile.
pub(super) async fn extend_login(
    conn: &mut AsyncPgConnection,
    login: LoginId,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> QueryResult<bool> {
    diesel::update(logins::table.find(login).filter(logins::revoked_at.is_null()))
        .set((logins::last_used_at.eq(now), logins::expires_at.eq(expires_at)))
        .execute(conn)
        .await
        .map(|extended| extended == 1)
}

/// Removes the tokens of `login` that were used before `long_ago`: too old to be taken for anything but unknown.
pub(super) async fn forget_refresh_tokens(
    conn: &mut AsyncPgConnection,
    login: LoginId,
    long_ago: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::delete(
        refresh_tokens::table
            .filter(refresh_tokens::login_id.eq(login))
            .filter(refresh_tokens::used_at.lt(long_ago)),
    )
    .execute(conn)
    .await
    .map(drop)
}
