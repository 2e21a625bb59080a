use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::schema::{logins as sessions, refresh_tokens};
use crate::features::users::ids::ExternalIdentityId;
use crate::id::{SessionId, UserId};

mod functions {
    use diesel::sql_types::{Binary, Timestamptz};

    diesel::define_sql_function! { fn amda_user_by_refresh_token(wanted: Binary) -> Nullable<Uuid>; }
    diesel::define_sql_function! { fn amda_logins_revoked_since(since: Timestamptz) -> Uuid; }
    diesel::define_sql_function! { fn clock_timestamp() -> Timestamptz; }
}

/// A session's row, in the table `logins`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions)]
pub struct SessionRow {
    /// Its id.
    pub id: SessionId,
    /// User who owns it.
    pub user_id: UserId,
    /// Name of the client.
    pub user_agent: Option<String>,
    /// Address from which it connected.
    pub ip_address: Option<String>,
    /// Time at which the user gave their password, or an external token began it.
    pub created_at: DateTime<Utc>,
    /// Time at which it was begun or last refreshed.
    pub last_used_at: DateTime<Utc>,
    /// Time at which it expires unless it is used.
    pub expires_at: DateTime<Utc>,
    /// Identity whose tokens it is of; none for a session that a password began.
    pub external_identity_id: Option<ExternalIdentityId>,
}

/// A refresh token that somebody presented.
#[derive(Queryable)]
pub(in crate::features::users) struct Presented {
    pub(in crate::features::users) session: SessionId,
    pub(in crate::features::users) used_at: Option<DateTime<Utc>>,
    /// Fingerprint of the client that used it.
    pub(in crate::features::users) used_by: Option<Vec<u8>>,
    pub(in crate::features::users) expires_at: DateTime<Utc>,
    pub(in crate::features::users) revoked_at: Option<DateTime<Utc>>,
}

pub(in crate::features::users) async fn find_by_refresh_token(
    conn: &mut AsyncPgConnection,
    hash: &[u8],
) -> QueryResult<Option<UserId>> {
    diesel::select(functions::amda_user_by_refresh_token(hash))
        .get_result(conn)
        .await
}

/// The present moment by the database's clock, which all nodes share.
pub(in crate::features::users) async fn now(conn: &mut AsyncPgConnection) -> QueryResult<DateTime<Utc>> {
    diesel::select(functions::clock_timestamp())
        .get_result(conn)
        .await
}

pub(in crate::features::users) async fn list_revoked_since(
    conn: &mut AsyncPgConnection,
    since: DateTime<Utc>,
) -> QueryResult<Vec<SessionId>> {
    diesel::select(functions::amda_logins_revoked_since(since))
        .load(conn)
        .await
}

pub(in crate::features::users) async fn insert_session(
    conn: &mut AsyncPgConnection,
    session: &SessionRow,
) -> QueryResult<()> {
    diesel::insert_into(sessions::table)
        .values(session)
        .execute(conn)
        .await
        .map(drop)
}

/// The living sessions, the newest first.
pub(in crate::features::users) async fn list_sessions(
    conn: &mut AsyncPgConnection,
    user: UserId,
    now: DateTime<Utc>,
    limit: i64,
) -> QueryResult<Vec<SessionRow>> {
    sessions::table
        .filter(sessions::user_id.eq(user))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .order(sessions::created_at.desc())
        .limit(limit)
        .select(SessionRow::as_select())
        .load(conn)
        .await
}

/// The living sessions among `ids`.
pub(in crate::features::users) async fn load_sessions(
    conn: &mut AsyncPgConnection,
    ids: &[SessionId],
    now: DateTime<Utc>,
) -> QueryResult<Vec<SessionRow>> {
    sessions::table
        .filter(sessions::id.eq_any(ids))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .select(SessionRow::as_select())
        .load(conn)
        .await
}

/// The addresses of the user's sessions, ended ones too, the newest first.
pub(in crate::features::users) async fn list_session_addresses(
    conn: &mut AsyncPgConnection,
    user: UserId,
    limit: i64,
) -> QueryResult<Vec<String>> {
    sessions::table
        .filter(sessions::user_id.eq(user))
        .order(sessions::created_at.desc())
        .limit(limit)
        .select(sessions::ip_address)
        .load::<Option<String>>(conn)
        .await
        .map(|addresses| addresses.into_iter().flatten().collect())
}

/// Ends a session that lives; answers with it, or with nothing.
pub(in crate::features::users) async fn revoke_session(
    conn: &mut AsyncPgConnection,
    session: SessionId,
    now: DateTime<Utc>,
) -> QueryResult<Option<SessionRow>> {
    diesel::update(
        sessions::table
            .find(session)
            .filter(sessions::revoked_at.is_null()),
    )
    .set(sessions::revoked_at.eq(now))
    .returning(SessionRow::as_returning())
    .get_result(conn)
    .await
    .optional()
}

/// Ends every session of `user` but one.
pub(in crate::features::users) async fn revoke_sessions(
    conn: &mut AsyncPgConnection,
    user: UserId,
    spared: Option<SessionId>,
    now: DateTime<Utc>,
) -> QueryResult<Vec<SessionId>> {
    diesel::update(
        sessions::table
            .filter(sessions::user_id.eq(user))
            .filter(sessions::revoked_at.is_null())
            .filter(sessions::id.nullable().is_distinct_from(spared)),
    )
    .set(sessions::revoked_at.eq(now))
    .returning(sessions::id)
    .get_results(conn)
    .await
}

/// Removes the sessions of `user` that were over before `long_ago`, and their tokens. One of an issuer's that was ended here
/// stays: the issuer may go on with it.
pub(in crate::features::users) async fn forget_sessions(
    conn: &mut AsyncPgConnection,
    user: UserId,
    long_ago: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::delete(
        sessions::table
            .filter(sessions::user_id.eq(user))
            .filter(sessions::expires_at.lt(long_ago))
            .filter(
                sessions::external_identity_id
                    .is_null()
                    .or(sessions::revoked_at.is_null()),
            ),
    )
    .execute(conn)
    .await
    .map(drop)
}

pub(in crate::features::users) async fn insert_refresh_token(
    conn: &mut AsyncPgConnection,
    hash: &[u8],
    user: UserId,
    session: SessionId,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::insert_into(refresh_tokens::table)
        .values((
            refresh_tokens::token_hash.eq(hash),
            refresh_tokens::user_id.eq(user),
            refresh_tokens::login_id.eq(session),
            refresh_tokens::created_at.eq(now),
        ))
        .execute(conn)
        .await
        .map(drop)
}

pub(in crate::features::users) async fn find_refresh_token(
    conn: &mut AsyncPgConnection,
    hash: &[u8],
) -> QueryResult<Option<Presented>> {
    refresh_tokens::table
        .inner_join(sessions::table.on(sessions::id.eq(refresh_tokens::login_id)))
        .filter(refresh_tokens::token_hash.eq(hash))
        .select((
            sessions::id,
            refresh_tokens::used_at,
            refresh_tokens::used_by,
            sessions::expires_at,
            sessions::revoked_at,
        ))
        .first(conn)
        .await
        .optional()
}

/// Marks an unused token as used by the client with this fingerprint; false when another transaction was first.
pub(in crate::features::users) async fn use_refresh_token(
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

/// Lets a session live on; false when it was ended meanwhile.
pub(in crate::features::users) async fn extend_session(
    conn: &mut AsyncPgConnection,
    session: SessionId,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> QueryResult<bool> {
    diesel::update(
        sessions::table
            .find(session)
            .filter(sessions::revoked_at.is_null()),
    )
    .set((
        sessions::last_used_at.eq(now),
        sessions::expires_at.eq(expires_at),
    ))
    .execute(conn)
    .await
    .map(|extended| extended == 1)
}

/// Removes the tokens of `session` that were used before `long_ago`: too old to be taken for anything but unknown.
pub(in crate::features::users) async fn forget_refresh_tokens(
    conn: &mut AsyncPgConnection,
    session: SessionId,
    long_ago: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::delete(
        refresh_tokens::table
            .filter(refresh_tokens::login_id.eq(session))
            .filter(refresh_tokens::used_at.lt(long_ago)),
    )
    .execute(conn)
    .await
    .map(drop)
}
