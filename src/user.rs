//! The role of a user, and their suspension.
//!
//! Both are read from the user's row whenever they are asked for, so that a change holds at once. A role is given by the
//! operator alone: PostgreSQL refuses it to every transaction that names a user.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::schema::users;
use crate::id::UserId;
use crate::text_enum::text_enum;

mod functions {
    use diesel::sql_types::{Text, Uuid};

    diesel::define_sql_function! { fn amda_is_admin() -> Bool; }
    diesel::define_sql_function! { fn amda_has_other_admin(concerned: Uuid) -> Bool; }
    diesel::define_sql_function! { fn amda_set_role(concerned: Uuid, wanted: Text) -> Bool; }
}

text_enum! {
    /// Role of a user. Clients must expect roles that are added later.
    #[derive(async_graphql::Enum)]
    #[graphql(name = "UserRole")]
    pub enum Role {
        /// A user who sees and changes what is theirs.
        User = "USER",
        /// A user who also sees `admin`, and may call the mutations of administration.
        Admin = "ADMIN",
    }
}

/// True when the user of the transaction is an admin who is not suspended.
///
/// # Errors
/// The database's.
pub async fn is_admin(conn: &mut AsyncPgConnection) -> QueryResult<bool> {
    diesel::select(functions::amda_is_admin()).get_result(conn).await
}

/// True when somebody other than `user` is an admin who is not suspended. Transactions that ask wait for each other until
/// they end.
///
/// # Errors
/// The database's.
pub async fn has_other_admin(conn: &mut AsyncPgConnection, user: UserId) -> QueryResult<bool> {
    diesel::select(functions::amda_has_other_admin(user))
        .get_result(conn)
        .await
}

/// Gives `user` a role, in a transaction that names nobody; false when they have it already.
///
/// # Errors
/// The database's; among them the refusal in a transaction that names a user.
pub async fn set_role(conn: &mut AsyncPgConnection, user: UserId, role: Role) -> QueryResult<bool> {
    diesel::select(functions::amda_set_role(user, role))
        .get_result(conn)
        .await
}

/// True while `user` is suspended, in a transaction of theirs.
///
/// # Errors
/// The database's.
pub async fn is_suspended(conn: &mut AsyncPgConnection, user: UserId) -> QueryResult<bool> {
    let suspended = users::table.find(user).filter(users::suspended_at.is_not_null());
    diesel::select(diesel::dsl::exists(suspended))
        .get_result(conn)
        .await
}
