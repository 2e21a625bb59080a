//! Files from WhatsApp's media hosts: downloaded, decrypted, and checked against the hashes that came with the message.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use ring::digest;
use thiserror::Error;
use tracing::debug;
use whatsapp_rust::TokioRuntime;
use whatsapp_rust::download::{
    DownloadParams, MediaDecryptionError, MediaDownloadError, MediaDownloader, MediaType,
};

use super::media_http::MediaHttpClient;
use crate::account::AccountRef;
use crate::event::{MediaKind, MediaReference};
use crate::id::MediaId;

/// Size of the largest file that is downloaded. Larger ones stay on the phone.
pub const LARGEST_FILE_BYTES: u64 = 100 << 20;

/// Error of a download.
#[derive(Debug, Error)]
pub enum DownloadError {
    /// WhatsApp no longer serves it.
    #[error("WhatsApp no longer serves this file")]
    Expired,
    /// The file is not the one that was sent: it does not decrypt with its key, or its hash differs.
    #[error("the file that WhatsApp served is not the one that was sent")]
    Tampered,
    /// The file is larger than [`LARGEST_FILE_BYTES`].
    #[error("the file has {size_bytes} bytes; at most {LARGEST_FILE_BYTES} are downloaded")]
    TooLarge {
        /// Declared or actual size.
        size_bytes: u64,
    },
    /// No host answered, or none with the file. Worth another try.
    #[error("WhatsApp's media hosts cannot be reached")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Error of asking a phone to upload an expired file again.
#[derive(Debug, Error)]
pub enum ReuploadError {
    /// The account is offline, and the phone was not asked. Worth another try.
    #[error("the account is offline, so its phone cannot be asked for the file")]
    Offline,
    /// The phone does not have it, does not answer, or cannot be asked.
    #[error("the phone does not upload the file again: {0}")]
    Refused(String),
}

/// Source of received files: WhatsApp's hosts, or a test's.
#[async_trait]
pub trait MediaFetcher: Debug + Send + Sync {
    /// Downloads the plain file that `media` refers to, as `account` received it, with [`verify`] applied.
    ///
    /// # Errors
    /// [`DownloadError`]; only [`DownloadError::Unreachable`] is worth another try.
    async fn download(&self, account: AccountRef, media: &MediaReference) -> Result<Bytes, DownloadError>;

    /// Has the phone of `account` upload an expired file again; returns the path at which it is served then.
    ///
    /// # Errors
    /// [`ReuploadError`]; only [`ReuploadError::Offline`] is worth another try.
    async fn request_reupload(
        &self,
        account: AccountRef,
        media: &MediaReference,
    ) -> Result<String, ReuploadError>;
}

/// Error of reading a file that is to be sent.
#[derive(Debug, Error)]
pub enum FileError {
    /// The file is no longer kept.
    #[error("the file is no longer kept")]
    Gone,
    /// The file cannot be read now. Worth another try.
    #[error("the file cannot be read")]
    Unreadable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Source of the files that are sent.
#[async_trait]
pub trait FileSource: Debug + Send + Sync {
    /// Reads the whole content of `media`, which belongs to the owner of `account`.
    ///
    /// # Errors
    /// [`FileError`]; only [`FileError::Unreadable`] is worth another try.
    async fn read(&self, account: AccountRef, media: MediaId) -> Result<Bytes, FileError>;
}

/// Downloads, without a connection of the account's: a reference holds everything that the hosts ask for, so files of an
/// account that is offline can still be downloaded.
pub(super) struct Downloads {
    downloader: MediaDownloader,
}

impl Downloads {
    pub(super) fn new(client: MediaHttpClient) -> Self {
        Self {
            downloader: MediaDownloader::with_default_hosts(Arc::new(client), Arc::new(TokioRuntime)),
        }
    }

    pub(super) async fn fetch(
        &self,
        account: AccountRef,
        media: &MediaReference,
    ) -> Result<Bytes, DownloadError> {
        check_size(media)?;
        let wanted = DownloadParams::encrypted(
            &media.direct_path,
            &media.media_key,
            &media.sha256,
            &media.encrypted_sha256,
            media.size_bytes,
            key_kind(media.kind),
        );
        let file = self.downloader.download(&wanted).await.map_err(|error| {
            debug!(account.id = %account.id, %error, "a file could not be downloaded");
            failure(error)
        })?;
        verify(media, file.into()).await
    }
}

impl Debug for Downloads {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Downloads")
    }
}

/// Checks the announced size of a file before it is downloaded.
///
/// # Errors
/// [`DownloadError::TooLarge`].
pub fn check_size(media: &MediaReference) -> Result<(), DownloadError> {
    refuse_larger(media.size_bytes)
}

/// Checks that a downloaded file is the one that was sent, and not larger than [`LARGEST_FILE_BYTES`].
///
/// # Errors
/// [`DownloadError::TooLarge`], [`DownloadError::Tampered`].
pub async fn verify(media: &MediaReference, file: Bytes) -> Result<Bytes, DownloadError> {
    refuse_larger(u64::try_from(file.len()).unwrap_or(u64::MAX))?;
    let hashed = file.clone();
    let hash = tokio::task::spawn_blocking(move || digest::digest(&digest::SHA256, &hashed))
        .await
        .map_err(|e| DownloadError::Unreachable(e.into()))?;
    // The library checks the seal, but the sender chose its key; only the hash proves that it is the file that was sent.
    if hash.as_ref() == media.sha256.as_slice() {
        Ok(file)
    } else {
        Err(DownloadError::Tampered)
    }
}

fn refuse_larger(size_bytes: u64) -> Result<(), DownloadError> {
    if size_bytes > LARGEST_FILE_BYTES {
        return Err(DownloadError::TooLarge { size_bytes });
    }
    Ok(())
}

/// Kind by which the keys are derived from the media key: stickers share that of pictures.
const fn key_kind(kind: MediaKind) -> MediaType {
    match kind {
        MediaKind::Image => MediaType::Image,
        MediaKind::Video => MediaType::Video,
        MediaKind::Audio => MediaType::Audio,
        MediaKind::Sticker => MediaType::Sticker,
        MediaKind::Document => MediaType::Document,
    }
}

fn failure(error: MediaDownloadError) -> DownloadError {
    if matches!(error, MediaDownloadError::ReferenceRejected(_)) {
        DownloadError::Expired
    } else if is_of_content(&error) {
        DownloadError::Tampered
    } else {
        DownloadError::Unreachable(error.into())
    }
}

/// Returns true when a host answered with another file than the one that was sent.
fn is_of_content(error: &MediaDownloadError) -> bool {
    // Imported here: the trait's methods collide with those that `thiserror` derives by.
    use whatsapp_rust::ErrorChainExt as _;
    error
        .sources()
        .any(|source| source.downcast_ref::<MediaDecryptionError>().is_some())
}
