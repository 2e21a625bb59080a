//! Identities whose users were deleted.
//!
//! A browser may still hold a token when its user is deleted. It must not make an empty user anew at its next request, so
//! an identity is let in again only by somebody who signed in at the issuer after the deletion.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use ring::hmac;

use super::claims::Proven;
use super::error::ExternalError;
use crate::features::users::service::UsersService;
use crate::features::users::store;
use crate::id::UserId;
use crate::work::Core;

/// Time for which a deleted identity is remembered: longer than browsers keep somebody signed in.
const REMEMBERED: TimeDelta = TimeDelta::days(90);

/// Forgets the identities of a user who is deleted, but for hashes by which they are known again.
pub(in crate::features::users) async fn bury_identities(
    core: &Core,
    conn: &mut AsyncPgConnection,
    user: UserId,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let identities = store::list_identities(conn, user).await?;
    let hashes = identities
        .iter()
        .map(|identity| hash(core, &identity.issuer, &identity.subject));
    store::remember_deleted_identities(conn, &hashes.collect::<Vec<_>>(), now, now - REMEMBERED).await?;
    store::delete_identities(conn, user).await
}

impl UsersService {
    /// Refuses somebody who signed in before their user was deleted.
    pub(super) async fn require_not_deleted(&self, proven: &Proven) -> Result<(), ExternalError> {
        let hash = hash(&self.core, &proven.issuer, &proven.subject);
        let mut tx = self.core.db.begin_without_user().await?;
        let deleted_at = store::find_deleted_identity(&mut tx, &hash).await?;
        tx.commit().await?;
        let signed_in_at = proven.authenticated_at.unwrap_or(proven.issued_at);
        if deleted_at.is_some_and(|deleted_at| signed_in_at <= deleted_at) {
            return Err(ExternalError::Deleted);
        }
        Ok(())
    }
}

fn hash(core: &Core, issuer: &str, subject: &str) -> Vec<u8> {
    let secret = core.vault.secret().derive("deleted external identities");
    let key = hmac::Key::new(hmac::HMAC_SHA256, &*secret);
    hmac::sign(&key, format!("{issuer}\n{subject}").as_bytes())
        .as_ref()
        .to_vec()
}
