//! The check of a token that somebody presents.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::broadcast::error::RecvError;

use super::cache::{KnownToken, Revocation};
use super::error::AccessTokenError;
use super::text::{TokenHash, TokenText};
use crate::db::AccountLimits;
use crate::features::users::service::UsersService;
use crate::features::users::store::{self, AccessTokenRow};
use crate::graphql::{ClientInfo, Credential, Grant, Identity, Viewer};
use crate::id::{AccessTokenId, UserId};

impl UsersService {
    /// Verifies the personal access token `text`, and notes that `client` used it, once a minute. Costs no query while the
    /// token is remembered.
    ///
    /// # Errors
    /// [`AccessTokenError`].
    pub async fn verify_access_token(
        &self,
        text: &str,
        client: &ClientInfo,
    ) -> Result<Identity, AccessTokenError> {
        let hash = TokenText::parse(text).ok_or(AccessTokenError::Malformed)?.hash();
        let now = self.core.clock.now();
        let metrics = &self.core.metrics;
        let (token, is_use_due) = match self.tokens.access_tokens.find(&hash, now) {
            Some(known) => {
                metrics.cache_hits.add_one("access_tokens");
                known
            }
            None => {
                metrics.cache_misses.add_one("access_tokens");
                self.read_access_token(hash, now).await?
            }
        };
        if token.expires_at <= now {
            return Err(AccessTokenError::Expired(token.expires_at));
        }
        if is_use_due && let Err(error) = self.note_use(&token, client, now).await {
            // The token is good all the same.
            tracing::warn!(user.id = %token.user, access_token.id = %token.id, "the use of an access token was not noted: {error}");
        }
        Ok(Identity {
            viewer: Viewer {
                user: token.user,
                credential: Credential::AccessToken(token.id),
                expires_at: token.expires_at,
            },
            grant: Some(token.grant),
        })
    }

    /// Returns when a token that was verified earlier is revoked: for sockets, which outlive a request.
    pub async fn until_access_token_revoked(&self, user: UserId, id: AccessTokenId) {
        let mut revocations = self.tokens.access_tokens.subscribe();
        let _open = self.tokens.access_tokens.open_socket(id);
        // It may have been revoked since it was verified. A socket whose token cannot be looked for is better closed: its
        // client connects again. Boxed, because each socket keeps this future, and seldom looks.
        while Box::pin(self.is_access_token_there(user, id))
            .await
            .unwrap_or(false)
        {
            loop {
                match revocations.recv().await {
                    Ok(Revocation::Of(revoked)) if revoked == id => return,
                    Ok(Revocation::Of(_)) => {}
                    Ok(Revocation::Unknown) | Err(RecvError::Lagged(_)) => break,
                    // The sender lives as long as `self`.
                    Err(RecvError::Closed) => std::future::pending().await,
                }
            }
        }
    }

    /// Reads a token's row and remembers it. A row that may have been deleted meanwhile is read again.
    async fn read_access_token(
        &self,
        hash: TokenHash,
        now: DateTime<Utc>,
    ) -> Result<(KnownToken, bool), AccessTokenError> {
        loop {
            let generation = self.tokens.access_tokens.generation();
            let row = self.find_access_token(&hash).await?;
            let row = row.ok_or(AccessTokenError::Unknown)?;
            let used_at = row.last_used_at;
            let token = KnownToken::from(row);
            let cache = &self.tokens.access_tokens;
            if let Some(is_due) = cache.remember(hash, &token, generation, used_at, now) {
                return Ok((token, is_due));
            }
        }
    }

    async fn find_access_token(&self, hash: &TokenHash) -> Result<Option<AccessTokenRow>, AccessTokenError> {
        let mut tx = self.core.db.begin_without_user().await?;
        let user = store::find_by_access_token(&mut tx, hash).await?;
        tx.commit().await?;
        let Some(user) = user else { return Ok(None) };
        let mut tx = self.core.db.begin(user).await?;
        let row = store::find_access_token(&mut tx, hash).await?;
        tx.commit().await?;
        Ok(row)
    }

    async fn is_access_token_there(&self, user: UserId, id: AccessTokenId) -> Result<bool, AccessTokenError> {
        let mut tx = self.core.db.begin(user).await?;
        let is_there = store::is_access_token_there(&mut tx, id).await?;
        tx.commit().await?;
        Ok(is_there)
    }

    async fn note_use(
        &self,
        token: &KnownToken,
        client: &ClientInfo,
        now: DateTime<Utc>,
    ) -> Result<(), AccessTokenError> {
        let from = client.ip.map(|ip| ip.to_canonical().to_string());
        let mut tx = self.core.db.begin_async_commit(token.user).await?;
        store::note_access_token_use(&mut tx, token.id, now, from.as_deref()).await?;
        Ok(tx.commit().await?)
    }
}

impl From<AccessTokenRow> for KnownToken {
    fn from(row: AccessTokenRow) -> Self {
        Self {
            id: row.id,
            user: row.user_id,
            grant: Arc::new(Grant {
                scopes: row.scopes,
                limits: row.account_ids.map_or(AccountLimits::NONE, AccountLimits::to),
            }),
            expires_at: row.expires_at,
        }
    }
}
