use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::schema::{accounts, users};
use crate::id::{AccountId, UserId};
use crate::user::Role;
use crate::work::Work;

mod functions {
    use diesel::sql_types::Text;

    diesel::define_sql_function! { fn amda_user_by_email(wanted: Text) -> Nullable<Uuid>; }
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
    /// Time at which the user is deleted, as they planned.
    pub deletion_at: Option<DateTime<Utc>>,
    /// Their role.
    pub role: Role,
    /// Time since which they are suspended.
    pub suspended_at: Option<DateTime<Utc>>,
    /// False when they come in by external tokens alone.
    pub has_password: bool,
}

/// A new user's row.
#[derive(Insertable)]
#[diesel(table_name = users)]
pub(in crate::features::users) struct NewUserRow<'a> {
    pub(in crate::features::users) id: UserId,
    pub(in crate::features::users) email: &'a str,
    pub(in crate::features::users) password_hash: &'a str,
    pub(in crate::features::users) display_name: Option<&'a str>,
    pub(in crate::features::users) locale: &'a str,
    pub(in crate::features::users) time_zone: &'a str,
    pub(in crate::features::users) plan: &'a str,
    pub(in crate::features::users) granted_plan: &'a str,
    pub(in crate::features::users) email_verified_at: Option<DateTime<Utc>>,
    pub(in crate::features::users) created_at: DateTime<Utc>,
    pub(in crate::features::users) has_password: bool,
}

/// Changes of a profile; `None` stays as it is.
#[derive(AsChangeset)]
#[diesel(table_name = users)]
pub(in crate::features::users) struct ProfileChange {
    #[expect(
        clippy::option_option,
        reason = "the outer says whether it changes, the inner what to"
    )]
    pub(in crate::features::users) display_name: Option<Option<String>>,
    pub(in crate::features::users) locale: Option<String>,
    pub(in crate::features::users) time_zone: Option<String>,
}

pub(in crate::features::users) async fn find_by_email(
    conn: &mut AsyncPgConnection,
    email_key: &str,
) -> QueryResult<Option<UserId>> {
    diesel::select(functions::amda_user_by_email(email_key))
        .get_result(conn)
        .await
}

/// Returns true when `error` is the unique violation of an e-mail address.
pub(in crate::features::users) fn is_email_taken(error: &Error) -> bool {
    match error {
        Error::DatabaseError(DatabaseErrorKind::UniqueViolation, about) => {
            about.constraint_name() == Some("users_email_key")
        }
        _ => false,
    }
}

pub(in crate::features::users) async fn insert(
    conn: &mut AsyncPgConnection,
    user: &NewUserRow<'_>,
) -> QueryResult<()> {
    diesel::insert_into(users::table)
        .values(user)
        .execute(conn)
        .await
        .map(drop)
}

pub(in crate::features::users) async fn find(
    conn: &mut AsyncPgConnection,
    user: UserId,
) -> QueryResult<Option<UserRow>> {
    users::table
        .find(user)
        .select(UserRow::as_select())
        .first(conn)
        .await
        .optional()
}

/// The hash, locked against a change until the transaction ends.
pub(in crate::features::users) async fn find_password_hash(
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

pub(in crate::features::users) async fn set_password(
    conn: &mut AsyncPgConnection,
    user: UserId,
    hash: &str,
) -> QueryResult<()> {
    diesel::update(users::table.find(user))
        .set((users::password_hash.eq(hash), users::has_password.eq(true)))
        .execute(conn)
        .await
        .map(drop)
}

/// Leaves the user without a password, with a hash that none has.
pub(in crate::features::users) async fn void_password(
    conn: &mut AsyncPgConnection,
    user: UserId,
    nobodys_hash: &str,
) -> QueryResult<()> {
    diesel::update(users::table.find(user))
        .set((
            users::password_hash.eq(nobodys_hash),
            users::has_password.eq(false),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// Notes that `email` is the user's, if it is their address still and was not proven before.
pub(in crate::features::users) async fn verify_email(work: &mut Work, email: &str) -> QueryResult<bool> {
    let unproven = users::table
        .find(work.user)
        .filter(users::email.eq(email))
        .filter(users::email_verified_at.is_null());
    diesel::update(unproven)
        .set(users::email_verified_at.eq(work.now))
        .execute(work)
        .await
        .map(|changed| changed == 1)
}

/// Gives the user another address, which is proven to be theirs.
pub(in crate::features::users) async fn set_email(work: &mut Work, email: &str) -> QueryResult<()> {
    diesel::update(users::table.find(work.user))
        .set((users::email.eq(email), users::email_verified_at.eq(work.now)))
        .execute(work)
        .await
        .map(drop)
}

/// The accounts of the user, unlinked ones too.
pub(in crate::features::users) async fn list_accounts(
    conn: &mut AsyncPgConnection,
    user: UserId,
) -> QueryResult<Vec<AccountId>> {
    accounts::table
        .filter(accounts::user_id.eq(user))
        .select(accounts::id)
        .load(conn)
        .await
}

/// Locks the user's row against everything that adds to what is theirs.
pub(in crate::features::users) async fn lock_for_deletion(
    conn: &mut AsyncPgConnection,
    user: UserId,
) -> QueryResult<()> {
    users::table
        .find(user)
        .select(users::id)
        .for_update()
        .first::<UserId>(conn)
        .await
        .map(drop)
}

/// Plans the deletion of the user of `work`, or takes it back.
pub(in crate::features::users) async fn set_deletion(
    work: &mut Work,
    at: Option<DateTime<Utc>>,
) -> QueryResult<UserRow> {
    diesel::update(users::table.find(work.user))
        .set(users::deletion_at.eq(at))
        .returning(UserRow::as_returning())
        .get_result(work)
        .await
}

/// The time at which the user of `work` is deleted, if they planned it.
pub(in crate::features::users) async fn planned_deletion(
    work: &mut Work,
) -> QueryResult<Option<DateTime<Utc>>> {
    let user = work.user;
    Ok(find(work, user).await?.and_then(|row| row.deletion_at))
}

/// Deletes the user, and with them every row of theirs.
pub(in crate::features::users) async fn delete(
    conn: &mut AsyncPgConnection,
    user: UserId,
) -> QueryResult<()> {
    diesel::delete(users::table.find(user))
        .execute(conn)
        .await
        .map(drop)
}

pub(in crate::features::users) async fn change_profile(
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
