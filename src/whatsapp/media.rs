//! Files from WhatsApp's media hosts: fetched, decrypted, and checked against the hashes that came with the message.

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

use super::hosts::Hosts;
use crate::account::AccountRef;
use crate::event::{MediaKind, MediaReference};
use crate::id::MediaId;

/// The largest file that is fetched. Larger ones stay on the phone.
pub const LARGEST_FILE_BYTES: u64 = 100 << 20;

/// Why a file was not fetched.
#[derive(Debug, Error)]
pub enum DownloadError {
    /// WhatsApp no longer serves it.
    #[error("WhatsApp no longer serves this file")]
    Expired,
    /// It is not what was sent: it does not open with its key, or is not of its hash.
    #[error("the file that WhatsApp served is not the one that was sent")]
    Tampered,
    /// More than is fetched.
    #[error("the file has {size_bytes} bytes; at most {LARGEST_FILE_BYTES} are fetched")]
    TooLarge {
        /// As declared, or as found.
        size_bytes: u64,
    },
    /// No host answered, or none properly. Worth another try.
    #[error("WhatsApp's media hosts cannot be reached")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Why an expired file does not come again.
#[derive(Debug, Error)]
pub enum RenewalError {
    /// The account is not online, and nobody was asked. Worth another try.
    #[error("the account is offline, so its phone cannot be asked for the file")]
    Offline,
    /// The phone does not have it, does not answer, or cannot be asked.
    #[error("the phone does not upload the file again: {0}")]
    Refused(String),
}

/// Where files are fetched: WhatsApp's hosts, or a test's.
#[async_trait]
pub trait MediaFetcher: Debug + Send + Sync {
    /// The plain file that `media` refers to, as `account` got it.
    ///
    /// # Errors
    /// [`DownloadError`]; only [`DownloadError::Unreachable`] is worth another try.
    async fn download(&self, account: AccountRef, media: &MediaReference) -> Result<Bytes, DownloadError>;

    /// Has the phone of `account` upload an expired file anew; answers with the path at which it is served then.
    ///
    /// # Errors
    /// [`RenewalError`]; only [`RenewalError::Offline`] is worth another try.
    async fn renew(&self, account: AccountRef, media: &MediaReference) -> Result<String, RenewalError>;
}

/// Why a file of ours cannot be sent.
#[derive(Debug, Error)]
pub enum FileError {
    /// Nobody keeps it any more.
    #[error("the file is no longer kept")]
    Gone,
    /// It cannot be read now.
    #[error("the file cannot be read")]
    Unreadable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Where the content of files is read that are to be sent.
#[async_trait]
pub trait FileSource: Debug + Send + Sync {
    /// The whole content of `media`, which belongs to the owner of `account`.
    ///
    /// # Errors
    /// [`FileError`]; only [`FileError::Unreadable`] is worth another try.
    async fn read(&self, account: AccountRef, media: MediaId) -> Result<Bytes, FileError>;
}

/// Fetches without a connection of the account's: a reference holds all that the hosts ask for, so what was kept of an
/// account that is offline can still be fetched.
pub(super) struct Downloads {
    hosts: MediaDownloader,
}

impl Downloads {
    pub(super) fn new(hosts: Hosts) -> Self {
        Self {
            hosts: MediaDownloader::with_default_hosts(Arc::new(hosts), Arc::new(TokioRuntime)),
        }
    }

    pub(super) async fn fetch(
        &self,
        account: AccountRef,
        media: &MediaReference,
    ) -> Result<Bytes, DownloadError> {
        refuse_larger(media.size_bytes)?;
        let wanted = DownloadParams::encrypted(
            &media.direct_path,
            &media.media_key,
            &media.sha256,
            &media.encrypted_sha256,
            media.size_bytes,
            key_kind(media.kind),
        );
        let file = self.hosts.download(&wanted).await.map_err(|error| {
            debug!(account.id = %account.id, %error, "a file could not be fetched");
            failure(error)
        })?;
        refuse_larger(u64::try_from(file.len()).unwrap_or(u64::MAX))?;
        // The library checks the seal, whose key the sender chose; the hash says that it is the very file.
        if digest::digest(&digest::SHA256, &file).as_ref() == media.sha256 {
            Ok(file.into())
        } else {
            Err(DownloadError::Tampered)
        }
    }
}

impl Debug for Downloads {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Downloads")
    }
}

fn refuse_larger(size_bytes: u64) -> Result<(), DownloadError> {
    if size_bytes > LARGEST_FILE_BYTES {
        return Err(DownloadError::TooLarge { size_bytes });
    }
    Ok(())
}

/// Which keys are derived from the media's: stickers share those of pictures.
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

/// Whether a host answered, with something else than what was sent.
fn is_of_content(error: &MediaDownloadError) -> bool {
    // Imported here: the trait's methods collide with those that `thiserror` derives by.
    use whatsapp_rust::ErrorChainExt as _;
    error
        .sources()
        .any(|source| source.downcast_ref::<MediaDecryptionError>().is_some())
}
