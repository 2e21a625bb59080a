//! Adapters between modules that must not depend on each other.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use crate::account::AccountRef;
use crate::features::users::{AccessTokenError, TokenError, TokenService, UsersService, is_access_token};
use crate::graphql::{ClientInfo, Credential, Identity, Viewer};
use crate::id::MediaId;
use crate::media::{self, Objects, ReadError};
use crate::server::{AuthFailure, Authenticator};
use crate::whatsapp::media::{FileError, FileSource};
use crate::work::Core;

/// The users' tokens as the server's authenticator: those of sessions, and personal ones.
pub(super) struct Tokens {
    pub(super) sessions: Arc<TokenService>,
    pub(super) users: UsersService,
}

#[async_trait]
impl Authenticator for Tokens {
    async fn authenticate(&self, token: &str, client: &ClientInfo) -> Result<Identity, AuthFailure> {
        if is_access_token(token) {
            let verified = self.users.verify_access_token(token, client).await;
            return verified.map_err(|error| match error {
                AccessTokenError::Expired(_) => AuthFailure::Expired,
                AccessTokenError::Malformed | AccessTokenError::Unknown => AuthFailure::Invalid,
                failed @ AccessTokenError::Db(_) => AuthFailure::Unavailable(failed.into()),
            });
        }
        let verified = self.sessions.verify(token).map_err(|error| match error {
            TokenError::Expired(_) => AuthFailure::Expired,
            TokenError::Invalid(_) | TokenError::Revoked => AuthFailure::Invalid,
        });
        verified.map(Identity::from)
    }

    async fn until_revoked(&self, viewer: Viewer) {
        match viewer.credential {
            Credential::Session(_) => self.sessions.until_revoked(&viewer).await,
            Credential::AccessToken(id) => self.users.until_access_token_revoked(viewer.user, id).await,
        }
    }
}

/// The stored media as the outbox's file source.
#[derive(Debug)]
pub(super) struct StoredFiles {
    pub(super) core: Core,
    pub(super) objects: Objects,
}

#[async_trait]
impl FileSource for StoredFiles {
    async fn read(&self, account: AccountRef, media: MediaId) -> Result<Bytes, FileError> {
        media::read(&self.core, &self.objects, account.user, media)
            .await
            .map_err(|error| match error {
                ReadError::NotKept => FileError::Gone,
                unreadable => FileError::Unreadable(unreadable.into()),
            })
    }
}
