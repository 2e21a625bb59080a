//! Adapters between modules that must not depend on each other.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use crate::account::AccountRef;
use crate::features::users::{
    AccessTokenError, ExternalError, TokenError, TokenService, UsersError, UsersService, is_access_token,
};
use crate::graphql::{ClientInfo, Credential, ErrorCode, Identity, Viewer};
use crate::id::MediaId;
use crate::media::{self, Objects, ReadError};
use crate::server::{AuthFailure, Authenticator};
use crate::whatsapp::media::{FileError, FileSource};
use crate::work::Core;

/// The users' tokens as the server's authenticator: those of sessions, personal ones, and those of the operator's issuer.
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
        if self.users.is_external(token) {
            let viewer = self.users.sign_in_externally(token, client).await;
            return viewer.map(Identity::from).map_err(not_let_in);
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

fn not_let_in(error: ExternalError) -> AuthFailure {
    let code = match error {
        ExternalError::Expired(_) => return AuthFailure::Expired,
        ExternalError::Users(UsersError::Suspended(_)) => ErrorCode::Unauthenticated,
        ExternalError::Users(error) => return AuthFailure::Unavailable(error.into()),
        ExternalError::Invalid(_) | ExternalError::Revoked | ExternalError::Deleted => {
            ErrorCode::Unauthenticated
        }
        ExternalError::Unavailable => ErrorCode::IssuerUnavailable,
        ExternalError::NotLinked { .. } => ErrorCode::IdentityNotLinked,
        ExternalError::RegistrationRefused | ExternalError::NoEmail => ErrorCode::RegistrationRefused,
    };
    AuthFailure::Refused {
        code,
        message: error.to_string(),
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
