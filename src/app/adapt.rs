//! Where two parts that must not know each other meet.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use crate::contacts::AccountRef;
use crate::features::users::{TokenError, TokenService};
use crate::graphql::Viewer;
use crate::id::MediaId;
use crate::media::{self, DownloadError, Objects, ReadError};
use crate::server::{AuthFailure, Authenticator};
use crate::whatsapp::Supervisor;
use crate::whatsapp::event::MediaReference;
use crate::whatsapp::media::{self as wire, FileError, FileSource, MediaFetcher as _};
use crate::work::Core;

/// The users' tokens, as the server asks for them.
pub(super) struct Tokens(pub(super) Arc<TokenService>);

#[async_trait]
impl Authenticator for Tokens {
    async fn authenticate(&self, token: &str) -> Result<Viewer, AuthFailure> {
        self.0.verify(token).map_err(|error| match error {
            TokenError::Expired(_) => AuthFailure::Expired,
            TokenError::Invalid(_) | TokenError::Revoked => AuthFailure::Invalid,
        })
    }

    async fn until_refused(&self, viewer: Viewer) {
        self.0.until_revoked(&viewer).await;
    }
}

/// WhatsApp's files, as the media ask for them.
#[derive(Debug)]
pub(super) struct Files(pub(super) Arc<Supervisor>);

#[async_trait]
impl media::MediaFetcher for Files {
    async fn download(
        &self,
        account: AccountRef,
        reference: &MediaReference,
    ) -> Result<Bytes, DownloadError> {
        self.0
            .download(account, reference)
            .await
            .map_err(|error| match error {
                wire::DownloadError::Expired => DownloadError::Expired,
                wire::DownloadError::Tampered => DownloadError::Corrupt,
                wire::DownloadError::TooLarge { .. } => DownloadError::TooLarge,
                unreachable @ wire::DownloadError::Unreachable(_) => {
                    DownloadError::Unreachable(unreachable.into())
                }
            })
    }
}

/// What this server keeps, as the outbox reads it.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) core: Core,
    pub(super) objects: Objects,
}

#[async_trait]
impl FileSource for Kept {
    async fn read(&self, account: AccountRef, media: MediaId) -> Result<Bytes, FileError> {
        media::read(&self.core, &self.objects, account.user, media)
            .await
            .map_err(|error| match error {
                ReadError::NotKept => FileError::Gone,
                unreadable => FileError::Unreadable(unreadable.into()),
            })
    }
}
