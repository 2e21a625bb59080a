//! Adapters between modules that must not depend on each other.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use crate::account::AccountRef;
use crate::features::users::{TokenError, TokenService};
use crate::graphql::Viewer;
use crate::id::MediaId;
use crate::media::{self, Objects, ReadError};
use crate::server::{AuthFailure, Authenticator};
use crate::whatsapp::media::{FileError, FileSource};
use crate::work::Core;

/// The users' token service as the server's authenticator.
pub(super) struct Tokens(pub(super) Arc<TokenService>);

#[async_trait]
impl Authenticator for Tokens {
    async fn authenticate(&self, token: &str) -> Result<Viewer, AuthFailure> {
        self.0.verify(token).map_err(|error| match error {
            TokenError::Expired(_) => AuthFailure::Expired,
            TokenError::Invalid(_) | TokenError::Revoked => AuthFailure::Invalid,
        })
    }

    async fn until_revoked(&self, viewer: Viewer) {
        self.0.until_revoked(&viewer).await;
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
