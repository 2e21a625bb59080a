//! Sessions and their refresh tokens.
//!
//! A session is a family of refresh tokens. Each is used once and brings the next. One that comes again was copied by
//! somebody, and nobody can say who of the two is the owner, so the whole family ends.
//!
//! Two tabs of one browser hold the same token and refresh at the same moment. So a used token is accepted again for
//! [`REFRESH_GRACE`], from the same network address and with the same user agent, and brings a token of its own: both tabs
//! live on, each with the next tokens of one family. From elsewhere, or later, it ends the family: a thief who copied the
//! token gets nothing from it unless he shares the owner's address and browser and comes within these seconds.

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::BASE64URL_NOPAD;
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use ring::digest::{SHA256, digest};
use secrecy::{ExposeSecret, SecretString};

use super::error::UsersError;
use super::recall;
use super::service::UsersService;
use super::store::{self, Presented, SessionRow, UserRow};
use super::suspension::refuse_suspended;
use super::tokens::SignedToken;
use crate::crypto::random_bytes;
use crate::db::DbError;
use crate::graphql::{ClientInfo, Viewer};
use crate::id::{SessionId, UserId};

/// Lifetime of a refresh token; each use returns another with the same lifetime.
pub const REFRESH_TOKEN_LIFE: TimeDelta = TimeDelta::days(7);

/// Time for which a used refresh token is accepted again from the client that used it.
pub const REFRESH_GRACE: TimeDelta = TimeDelta::seconds(10);

/// Time for which an ended session is kept after its tokens expired.
pub(super) const ENDED_SESSION_RETENTION: TimeDelta = TimeDelta::days(30);

const LONGEST_USER_AGENT: usize = 300;
const MOST_LISTED: i64 = 100;

/// The tokens of a session: what its client needs to ask for the user's data, and to go on doing so.
#[derive(Debug, Clone)]
pub struct IssuedSession {
    /// User who owns it.
    pub user: UserRow,
    /// Proves it for a quarter of an hour.
    pub access: SignedToken,
    /// Brings the next session, once.
    pub refresh: SecretString,
}

/// A session that has begun, in a transaction that is still open.
pub(super) struct Opened {
    pub(super) session: SessionId,
    pub(super) refresh: SecretString,
}

impl UsersService {
    /// Trades a refresh token for the next tokens of its session. The token is used up.
    ///
    /// # Errors
    /// [`UsersError::InvalidRefreshToken`] when the token is unknown, expired, revoked or used; when it was used, and not
    /// by the same client within [`REFRESH_GRACE`], its session has been ended. [`UsersError::Suspended`] when it was good
    /// until the user was suspended.
    pub async fn refresh(
        &self,
        token: &SecretString,
        client: &ClientInfo,
    ) -> Result<IssuedSession, UsersError> {
        let (now, hash, by) = (self.core.clock.now(), hash_token(token), fingerprint(client));
        let user = self
            .find_owner(&hash)
            .await?
            .ok_or(UsersError::InvalidRefreshToken)?;
        let mut tx = self.core.db.begin(user).await?;
        // Whoever is second of two waits here for the first, and sees then that the token is used.
        let is_first = store::use_refresh_token(&mut tx, &hash, now, &by).await?;
        let presented = store::find_refresh_token(&mut tx, &hash).await?;
        if let Some(token) = presented
            .as_ref()
            .filter(|token| is_first && token.revoked_at.is_some())
            && let Some(suspension) = store::find_suspension(&mut tx, user).await?
            && token.was_good_until(suspension.since)
        {
            // The token stays unused, so that its client is told the same again.
            tx.rollback().await?;
            return Err(UsersError::Suspended(suspension.reason));
        }
        let Some(presented) = presented.filter(|token| token.is_alive(now)) else {
            tx.rollback().await?;
            return Err(UsersError::InvalidRefreshToken);
        };
        let session = presented.session;
        if !is_first && !presented.may_be_used_again(now, &by) {
            store::revoke_session(&mut tx, session, now).await?;
            tx.commit().await?;
            self.tokens.revoke(&[session]);
            tracing::warn!(user.id = %user, session.id = %session, "ended session {session}: a used refresh token came again");
            return Err(UsersError::InvalidRefreshToken);
        }
        let refresh = next_token(&mut tx, user, session, now).await?;
        let row = store::find(&mut tx, user).await?;
        let (Some(refresh), Some(row)) = (refresh, row) else {
            tx.rollback().await?;
            return Err(UsersError::InvalidRefreshToken);
        };
        tx.commit().await?;
        self.issue(row, Opened { session, refresh }, now)
    }

    /// Ends the viewer's session, or all of theirs: refresh tokens and access tokens are refused at once. Answers with
    /// how many sessions ended.
    ///
    /// # Errors
    /// [`UsersError::Db`].
    pub async fn log_out(
        &self,
        user: UserId,
        session: SessionId,
        everywhere: bool,
    ) -> Result<usize, UsersError> {
        let now = self.core.clock.now();
        let mut tx = self.core.db.begin(user).await?;
        let ended: Vec<SessionId> = if everywhere {
            store::revoke_sessions(&mut tx, user, None, now).await?
        } else {
            let row = store::revoke_session(&mut tx, session, now).await?;
            row.into_iter().map(|row| row.id).collect()
        };
        tx.commit().await?;
        self.tokens.revoke(&ended);
        Ok(ended.len())
    }

    /// Ends one session of the viewer's, on another client or this one.
    ///
    /// # Errors
    /// [`UsersError::UnknownSession`] when the viewer has no living session of this id.
    pub async fn revoke_session(&self, viewer: Viewer, session: SessionId) -> Result<SessionRow, UsersError> {
        let now = self.core.clock.now();
        let mut tx = self.core.db.begin(viewer.user).await?;
        let row = store::revoke_session(&mut tx, session, now).await?;
        tx.commit().await?;
        let row = row.ok_or(UsersError::UnknownSession)?;
        self.tokens.revoke(&[session]);
        Ok(row)
    }

    /// The living sessions of `user`, the newest first, 100 at most.
    ///
    /// # Errors
    /// [`UsersError::Db`].
    pub async fn sessions(&self, user: UserId) -> Result<Vec<SessionRow>, UsersError> {
        let now = self.core.clock.now();
        let mut tx = self.core.db.begin(user).await?;
        let rows = store::list_sessions(&mut tx, user, now, MOST_LISTED).await?;
        tx.commit().await?;
        Ok(rows)
    }

    /// The session that a refresh token belongs to, so that a browser can log out after its access token expired. None when
    /// the token is not good any more: whoever found an old one ends nobody's sessions.
    ///
    /// # Errors
    /// [`UsersError::Db`].
    pub async fn find_session(
        &self,
        token: &SecretString,
    ) -> Result<Option<(UserId, SessionId)>, UsersError> {
        let (now, hash) = (self.core.clock.now(), hash_token(token));
        let Some(user) = self.find_owner(&hash).await? else {
            return Ok(None);
        };
        let mut tx = self.core.db.begin(user).await?;
        let presented = store::find_refresh_token(&mut tx, &hash).await?;
        tx.commit().await?;
        let good = presented.filter(|token| token.used_at.is_none() && token.is_alive(now));
        Ok(good.map(|token| (user, token.session)))
    }

    /// Learns from the database which sessions ended while one of their access tokens may still live: at the start, and
    /// when an operator's command has ended some.
    ///
    /// # Errors
    /// [`UsersError::Db`].
    pub async fn recall_revocations(&self) -> Result<(), UsersError> {
        recall::recall(&self.core, &self.tokens).await
    }

    pub(super) fn issue(
        &self,
        user: UserRow,
        opened: Opened,
        now: DateTime<Utc>,
    ) -> Result<IssuedSession, UsersError> {
        // The token lives from before the commit, so a session that ends after it outlives no token.
        let access = self.tokens.issue(user.id, opened.session, now)?;
        Ok(IssuedSession {
            user,
            access,
            refresh: opened.refresh,
        })
    }

    /// Begins a session on the open transaction, for somebody who proved that they are `user`.
    ///
    /// # Errors
    /// [`UsersError::Suspended`].
    pub(super) async fn open_session(
        &self,
        conn: &mut AsyncPgConnection,
        user: UserId,
        client: &ClientInfo,
        now: DateTime<Utc>,
    ) -> Result<Opened, UsersError> {
        refuse_suspended(conn, user).await?;
        store::forget_sessions(conn, user, now - ENDED_SESSION_RETENTION).await?;
        let session = SessionRow {
            id: self.core.ids.next(),
            user_id: user,
            user_agent: client.user_agent.as_deref().map(shortened),
            ip_address: client.ip.map(|ip| ip.to_canonical().to_string()),
            created_at: now,
            last_used_at: now,
            expires_at: now + REFRESH_TOKEN_LIFE,
            external_identity_id: None,
        };
        store::insert_session(conn, &session).await?;
        let refresh = new_token();
        store::insert_refresh_token(conn, &hash_token(&refresh), user, session.id, now).await?;
        Ok(Opened {
            session: session.id,
            refresh,
        })
    }

    async fn find_owner(&self, hash: &[u8]) -> Result<Option<UserId>, DbError> {
        let mut tx = self.core.db.begin_without_user().await?;
        let user = store::find_by_refresh_token(&mut tx, hash).await?;
        tx.commit().await?;
        Ok(user)
    }
}

impl Presented {
    fn is_alive(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && self.expires_at > now
    }

    /// True for a token whose session ended at `end` and would have lived on.
    fn was_good_until(&self, end: DateTime<Utc>) -> bool {
        self.revoked_at == Some(end) && self.expires_at > end
    }

    /// True for a token that the client with this fingerprint used moments ago, in another of its tabs.
    fn may_be_used_again(&self, now: DateTime<Utc>, client: &[u8]) -> bool {
        let is_recent = self.used_at.is_some_and(|used_at| now - used_at <= REFRESH_GRACE);
        is_recent && self.used_by.as_deref() == Some(client)
    }
}

/// Puts another token into a session; nothing when the session was ended meanwhile.
async fn next_token(
    conn: &mut AsyncPgConnection,
    user: UserId,
    session: SessionId,
    now: DateTime<Utc>,
) -> QueryResult<Option<SecretString>> {
    if !store::extend_session(conn, session, now, now + REFRESH_TOKEN_LIFE).await? {
        return Ok(None);
    }
    store::forget_refresh_tokens(conn, session, now - REFRESH_TOKEN_LIFE).await?;
    let refresh = new_token();
    store::insert_refresh_token(conn, &hash_token(&refresh), user, session, now).await?;
    Ok(Some(refresh))
}

/// The name of a client, as it is stored.
pub(super) fn shortened(name: &str) -> String {
    name.chars().take(LONGEST_USER_AGENT).collect()
}

/// Fingerprint of a client: its network address and user agent.
fn fingerprint(client: &ClientInfo) -> Vec<u8> {
    let address = client.ip.map(|ip| ip.to_canonical().to_string());
    let parts = [address.as_deref(), client.user_agent.as_deref()];
    let text = parts.map(Option::unwrap_or_default).join("\n");
    digest(&SHA256, text.as_bytes()).as_ref().to_vec()
}

/// 256 bits of chance.
pub(super) fn new_token() -> SecretString {
    BASE64URL_NOPAD.encode(&random_bytes::<32>()).into()
}

/// Stored hash of a token. The token is random, so a plain hash gives nothing to guess.
pub(super) fn hash_token(token: &SecretString) -> Vec<u8> {
    digest(&SHA256, token.expose_secret().as_bytes())
        .as_ref()
        .to_vec()
}
