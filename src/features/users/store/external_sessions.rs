use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::schema::logins as sessions;
use crate::features::users::ids::ExternalIdentityId;
use crate::id::{SessionId, UserId};

/// A living session that external tokens of one session at their issuer are of.
#[derive(Debug, Queryable)]
pub(in crate::features::users) struct IssuerSession {
    pub(in crate::features::users) id: SessionId,
    pub(in crate::features::users) last_used_at: DateTime<Utc>,
    pub(in crate::features::users) authenticated_at: DateTime<Utc>,
}

/// A session that begins.
#[derive(Insertable)]
#[diesel(table_name = sessions)]
pub(in crate::features::users) struct NewIssuerSession {
    pub(in crate::features::users) id: SessionId,
    pub(in crate::features::users) user_id: UserId,
    pub(in crate::features::users) user_agent: Option<String>,
    pub(in crate::features::users) ip_address: Option<String>,
    pub(in crate::features::users) created_at: DateTime<Utc>,
    pub(in crate::features::users) last_used_at: DateTime<Utc>,
    pub(in crate::features::users) expires_at: DateTime<Utc>,
    pub(in crate::features::users) external_identity_id: ExternalIdentityId,
    /// Hash of the issuer's name for it.
    pub(in crate::features::users) issuer_session: Vec<u8>,
    /// Time at which the user last proved to the issuer who they are.
    pub(in crate::features::users) authenticated_at: DateTime<Utc>,
}

/// What a token of a session says of its use.
pub(in crate::features::users) struct Seen {
    pub(in crate::features::users) at: DateTime<Utc>,
    pub(in crate::features::users) session_end: DateTime<Utc>,
    pub(in crate::features::users) authenticated_at: Option<DateTime<Utc>>,
}

/// The living session of an identity that the issuer calls by this name.
pub(in crate::features::users) async fn find_living_session(
    conn: &mut AsyncPgConnection,
    identity: ExternalIdentityId,
    issuer_session: &[u8],
) -> QueryResult<Option<IssuerSession>> {
    sessions::table
        .filter(sessions::external_identity_id.eq(identity))
        .filter(sessions::issuer_session.eq(issuer_session))
        .filter(sessions::revoked_at.is_null())
        .select((
            sessions::id,
            sessions::last_used_at,
            sessions::authenticated_at.assume_not_null(),
        ))
        .first(conn)
        .await
        .optional()
}

/// The time at which a session of an identity that the issuer calls by this name was last ended.
pub(in crate::features::users) async fn find_last_end(
    conn: &mut AsyncPgConnection,
    identity: ExternalIdentityId,
    issuer_session: &[u8],
) -> QueryResult<Option<DateTime<Utc>>> {
    sessions::table
        .filter(sessions::external_identity_id.eq(identity))
        .filter(sessions::issuer_session.eq(issuer_session))
        .select(diesel::dsl::max(sessions::revoked_at))
        .first(conn)
        .await
}

/// Begins a session, unless another transaction has just done so.
pub(in crate::features::users) async fn insert_issuer_session(
    conn: &mut AsyncPgConnection,
    new: &NewIssuerSession,
) -> QueryResult<()> {
    diesel::insert_into(sessions::table)
        .values(new)
        .on_conflict_do_nothing()
        .execute(conn)
        .await
        .map(drop)
}

/// Notes that a session is in use.
pub(in crate::features::users) async fn note_issuer_session(
    conn: &mut AsyncPgConnection,
    session: SessionId,
    seen: &Seen,
) -> QueryResult<()> {
    let living = sessions::table
        .find(session)
        .filter(sessions::revoked_at.is_null());
    diesel::update(living)
        .set((
            sessions::last_used_at.eq(seen.at),
            sessions::expires_at.eq(seen.session_end),
        ))
        .execute(conn)
        .await?;
    if let Some(at) = seen.authenticated_at {
        let earlier = sessions::table
            .find(session)
            .filter(sessions::authenticated_at.lt(at));
        diesel::update(earlier)
            .set(sessions::authenticated_at.eq(at))
            .execute(conn)
            .await?;
    }
    Ok(())
}

/// The time at which the user of a session last proved to their issuer who they are; none for a session of AMDA's own.
pub(in crate::features::users) async fn find_authentication(
    conn: &mut AsyncPgConnection,
    session: SessionId,
) -> QueryResult<Option<DateTime<Utc>>> {
    let found = sessions::table
        .find(session)
        .filter(sessions::revoked_at.is_null())
        .select(sessions::authenticated_at)
        .first::<Option<DateTime<Utc>>>(conn)
        .await
        .optional()?;
    Ok(found.flatten())
}

/// Ends every session of an identity.
pub(in crate::features::users) async fn revoke_sessions_of_identity(
    conn: &mut AsyncPgConnection,
    identity: ExternalIdentityId,
    now: DateTime<Utc>,
) -> QueryResult<Vec<SessionId>> {
    diesel::update(
        sessions::table
            .filter(sessions::external_identity_id.eq(identity))
            .filter(sessions::revoked_at.is_null()),
    )
    .set(sessions::revoked_at.eq(now))
    .returning(sessions::id)
    .get_results(conn)
    .await
}
