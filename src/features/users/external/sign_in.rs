//! The viewer of an external token, and their session.

use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncPgConnection;
use ring::digest::{SHA256, digest};

use super::claims::Proven;
use super::error::ExternalError;
use crate::features::users::ids::ExternalIdentityId;
use crate::features::users::service::UsersService;
use crate::features::users::sessions::{ENDED_SESSION_RETENTION, REFRESH_TOKEN_LIFE, shortened};
use crate::features::users::store::{self, IssuerSession, NewIssuerSession, Seen};
use crate::features::users::suspension::refuse_suspended;
use crate::graphql::{ClientInfo, Credential, Viewer};
use crate::id::{SessionId, UserId};

/// Time between two notes that a session is in use.
const NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);

impl UsersService {
    /// True when a token says that it is of the operator's issuer.
    pub fn is_external(&self, token: &str) -> bool {
        self.external
            .as_ref()
            .is_some_and(|external| external.is_named_by(token))
    }

    /// The viewer of a token of the operator's issuer, who is made a user of when nobody knows them yet.
    ///
    /// # Errors
    /// [`ExternalError`].
    pub async fn sign_in_externally(
        &self,
        token: &str,
        client: &ClientInfo,
    ) -> Result<Viewer, ExternalError> {
        let proven = self.verify_external(token).await?;
        match self.find_external_viewer(&proven, client).await? {
            Some(viewer) => Ok(viewer),
            None => self.sign_in_first(&proven, client).await,
        }
    }

    pub(super) async fn verify_external(&self, token: &str) -> Result<Proven, ExternalError> {
        match &self.external {
            Some(external) => external.verify(token).await,
            None => Err(ExternalError::Invalid("this server accepts tokens of no issuer")),
        }
    }

    /// The viewer of an identity that has a user; none when it has none.
    pub(super) async fn find_external_viewer(
        &self,
        proven: &Proven,
        client: &ClientInfo,
    ) -> Result<Option<Viewer>, ExternalError> {
        let mut tx = self.core.db.begin_without_user().await?;
        let user = store::find_by_identity(&mut tx, &proven.issuer, &proven.subject).await?;
        tx.commit().await?;
        let Some(user) = user else {
            return Ok(None);
        };
        let mut tx = self.core.db.begin(user).await?;
        let identity = store::find_identity(&mut tx, &proven.issuer, &proven.subject).await?;
        let Some(identity) = identity else {
            tx.rollback().await?;
            return Ok(None);
        };
        let session = self
            .continue_session(&mut tx, user, identity.id, proven, client)
            .await?;
        tx.commit().await?;
        Ok(Some(proven.viewer(user, session)))
    }

    /// The session of a token: the one that an earlier token of it began, else one that begins now.
    ///
    /// # Errors
    /// [`ExternalError::Revoked`] when it was ended; [`UsersError::Suspended`](crate::features::users::UsersError::Suspended).
    pub(super) async fn continue_session(
        &self,
        conn: &mut AsyncPgConnection,
        user: UserId,
        identity: ExternalIdentityId,
        proven: &Proven,
        client: &ClientInfo,
    ) -> Result<SessionId, ExternalError> {
        refuse_suspended(conn, user).await?;
        let now = self.core.clock.now();
        let name = proven.hash_session();
        let ended_at = store::find_last_end(conn, identity, &name).await?;
        if ended_at.is_some_and(|ended_at| proven.is_refused_since(ended_at)) {
            return Err(ExternalError::Revoked);
        }
        match store::find_living_session(conn, identity, &name).await? {
            Some(session) => {
                let seen = proven.seen(now);
                if session.is_news(&seen) {
                    store::note_issuer_session(conn, session.id, &seen).await?;
                    store::note_identity(conn, identity, proven.email.as_deref(), now).await?;
                }
                Ok(session.id)
            }
            None => {
                self.begin_issuer_session(conn, user, identity, proven, client)
                    .await
            }
        }
    }

    async fn begin_issuer_session(
        &self,
        conn: &mut AsyncPgConnection,
        user: UserId,
        identity: ExternalIdentityId,
        proven: &Proven,
        client: &ClientInfo,
    ) -> Result<SessionId, ExternalError> {
        let (now, name) = (self.core.clock.now(), proven.hash_session());
        store::forget_sessions(conn, user, now - ENDED_SESSION_RETENTION).await?;
        let new = NewIssuerSession {
            id: self.core.ids.next(),
            user_id: user,
            user_agent: client.user_agent.as_deref().map(shortened),
            ip_address: client.ip.map(|ip| ip.to_canonical().to_string()),
            created_at: now,
            last_used_at: now,
            expires_at: proven.session_end(now),
            external_identity_id: identity,
            issuer_session: name.clone(),
            authenticated_at: proven.first_authentication(),
        };
        store::insert_issuer_session(conn, &new).await?;
        // Another request may have begun it at the same moment; then this is its session.
        let session = store::find_living_session(conn, identity, &name).await?;
        Ok(session.ok_or(ExternalError::Revoked)?.id)
    }
}

impl Proven {
    pub(super) fn viewer(&self, user: UserId, session: SessionId) -> Viewer {
        Viewer {
            user,
            credential: Credential::Session(session),
            expires_at: self.expires_at,
        }
    }

    /// The stored name of the session; that of no name where the token gives none.
    fn hash_session(&self) -> Vec<u8> {
        let name = self.session.as_deref().unwrap_or_default();
        digest(&SHA256, name.as_bytes()).as_ref().to_vec()
    }

    /// The time at which the user proved to the issuer who they are, when this is the first token of a session. A token that
    /// names neither that time nor its session may be one of many that were issued since, so it proves no time.
    fn first_authentication(&self) -> DateTime<Utc> {
        let first_issued = self.session.as_ref().map(|_| self.issued_at);
        self.authenticated_at
            .or(first_issued)
            .unwrap_or(DateTime::UNIX_EPOCH)
    }

    /// The time at which a session is over that nobody uses any more.
    fn session_end(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.expires_at.max(now + REFRESH_TOKEN_LIFE)
    }

    fn seen(&self, now: DateTime<Utc>) -> Seen {
        Seen {
            at: now,
            session_end: self.session_end(now),
            authenticated_at: self.authenticated_at,
        }
    }

    /// True when a session that was ended at `ended_at` was this token's: the one that it names, or, where the issuer's
    /// sessions have no names, any that was there when it was issued.
    fn is_refused_since(&self, ended_at: DateTime<Utc>) -> bool {
        self.session.is_some() || self.issued_at <= ended_at
    }
}

impl IssuerSession {
    /// True when the user proved again who they are, or it was last noted some time ago.
    fn is_news(&self, seen: &Seen) -> bool {
        seen.at - self.last_used_at >= NOTED_EVERY || seen.authenticated_at > Some(self.authenticated_at)
    }
}
