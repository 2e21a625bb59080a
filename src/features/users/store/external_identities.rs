use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::schema::{deleted_external_identities as deleted, external_identities as identities};
use crate::features::users::ids::{EmailChangeId, ExternalIdentityId};
use crate::id::UserId;
use crate::work::Work;

mod functions {
    use diesel::sql_types::Text;

    diesel::define_sql_function! {
        fn amda_user_by_external_identity(wanted_issuer: Text, wanted_subject: Text) -> Nullable<Uuid>;
    }
}

/// An external identity's row.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = identities)]
pub struct IdentityRow {
    /// Its id.
    pub id: ExternalIdentityId,
    /// Name of the issuer.
    pub issuer: String,
    /// Name of the user at the issuer.
    pub subject: String,
    /// Address in the newest token.
    pub email: Option<String>,
    /// Time at which it became the user's.
    pub linked_at: DateTime<Utc>,
    /// Time at which a token of it was last noted.
    pub last_seen_at: DateTime<Utc>,
}

/// An identity that becomes the user's.
pub(in crate::features::users) struct NewIdentity<'a> {
    pub(in crate::features::users) id: ExternalIdentityId,
    pub(in crate::features::users) issuer: &'a str,
    pub(in crate::features::users) subject: &'a str,
    pub(in crate::features::users) email: Option<&'a str>,
}

/// The user who has this identity.
pub(in crate::features::users) async fn find_by_identity(
    conn: &mut AsyncPgConnection,
    issuer: &str,
    subject: &str,
) -> QueryResult<Option<UserId>> {
    diesel::select(functions::amda_user_by_external_identity(issuer, subject))
        .get_result(conn)
        .await
}

pub(in crate::features::users) async fn find_identity(
    conn: &mut AsyncPgConnection,
    issuer: &str,
    subject: &str,
) -> QueryResult<Option<IdentityRow>> {
    identities::table
        .filter(identities::issuer.eq(issuer))
        .filter(identities::subject.eq(subject))
        .select(IdentityRow::as_select())
        .first(conn)
        .await
        .optional()
}

/// The identities among `ids`.
pub(in crate::features::users) async fn load_identities(
    conn: &mut AsyncPgConnection,
    ids: &[ExternalIdentityId],
) -> QueryResult<Vec<IdentityRow>> {
    identities::table
        .filter(identities::id.eq_any(ids))
        .select(IdentityRow::as_select())
        .load(conn)
        .await
}

/// The identities of the user, the oldest first.
pub(in crate::features::users) async fn list_identities(
    conn: &mut AsyncPgConnection,
    user: UserId,
) -> QueryResult<Vec<IdentityRow>> {
    identities::table
        .filter(identities::user_id.eq(user))
        .order(identities::id)
        .select(IdentityRow::as_select())
        .load(conn)
        .await
}

/// Makes an identity that of the user of `work`; none when it is somebody's already.
pub(in crate::features::users) async fn insert_identity(
    work: &mut Work,
    new: &NewIdentity<'_>,
) -> QueryResult<Option<ExternalIdentityId>> {
    let inserted = diesel::insert_into(identities::table)
        .values((
            identities::id.eq(new.id),
            identities::user_id.eq(work.user),
            identities::issuer.eq(new.issuer),
            identities::subject.eq(new.subject),
            identities::email.eq(new.email),
            identities::linked_at.eq(work.now),
            identities::last_seen_at.eq(work.now),
        ))
        .on_conflict_do_nothing()
        .execute(work)
        .await?;
    Ok((inserted == 1).then_some(new.id))
}

/// Notes that a token of an identity came, and the address in it.
pub(in crate::features::users) async fn note_identity(
    conn: &mut AsyncPgConnection,
    id: ExternalIdentityId,
    email: Option<&str>,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(identities::table.find(id))
        .set((identities::last_seen_at.eq(now), identities::email.eq(email)))
        .execute(conn)
        .await
        .map(drop)
}

/// Unlinks an identity; its sessions go with it.
pub(in crate::features::users) async fn delete_identity(
    work: &mut Work,
    id: ExternalIdentityId,
) -> QueryResult<()> {
    diesel::delete(identities::table.find(id))
        .execute(work)
        .await
        .map(drop)
}

/// Unlinks the identities of the user.
pub(in crate::features::users) async fn delete_identities(
    conn: &mut AsyncPgConnection,
    user: UserId,
) -> QueryResult<()> {
    diesel::delete(identities::table.filter(identities::user_id.eq(user)))
        .execute(conn)
        .await
        .map(drop)
}

/// Unlinks the identities that were linked since a change of the user's address was asked for.
pub(in crate::features::users) async fn delete_identities_since(
    work: &mut Work,
    change: EmailChangeId,
) -> QueryResult<()> {
    let later = identities::table
        .filter(identities::user_id.eq(work.user))
        .filter(identities::id.gt(ExternalIdentityId::from(change.as_uuid())));
    diesel::delete(later).execute(work).await.map(drop)
}

/// Remembers identities of a deleted user, and forgets those of before `long_ago`.
pub(in crate::features::users) async fn remember_deleted_identities(
    conn: &mut AsyncPgConnection,
    hashes: &[Vec<u8>],
    now: DateTime<Utc>,
    long_ago: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::delete(deleted::table.filter(deleted::deleted_at.lt(long_ago)))
        .execute(conn)
        .await?;
    if hashes.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = hashes
        .iter()
        .map(|hash| (deleted::identity_hash.eq(hash), deleted::deleted_at.eq(now)))
        .collect();
    diesel::insert_into(deleted::table)
        .values(rows)
        .on_conflict(deleted::identity_hash)
        .do_update()
        .set(deleted::deleted_at.eq(now))
        .execute(conn)
        .await
        .map(drop)
}

/// The time at which the user of an identity was last deleted.
pub(in crate::features::users) async fn find_deleted_identity(
    conn: &mut AsyncPgConnection,
    hash: &[u8],
) -> QueryResult<Option<DateTime<Utc>>> {
    deleted::table
        .find(hash)
        .select(deleted::deleted_at)
        .first(conn)
        .await
        .optional()
}
