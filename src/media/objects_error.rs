use std::error::Error as StdError;
use std::io;

use thiserror::Error;

use super::bucket::BucketError;
use crate::crypto::CryptoError;
use crate::disk::DiskFull;

/// Error of the store of contents.
#[derive(Debug, Error)]
pub enum ObjectsError {
    /// The folder failed.
    #[error("the media store failed")]
    Store(#[from] object_store::Error),
    /// The bucket failed.
    #[error("the media store failed")]
    Bucket(#[from] BucketError),
    /// The object lies in a bucket, and none is configured.
    #[error(
        "media lie in a bucket, and none is configured; set AMDA_S3_BUCKET and the settings beside it, and move them into the \
         folder by `amda media migrate --to folder` if you want to do without it"
    )]
    NoBucket,
    /// The folder of the store cannot be made.
    #[error("the media folder cannot be made; check that the data folder is writable")]
    Folder(#[source] io::Error),
    /// What was half written cannot be removed.
    #[error("what was half written in the media folder cannot be removed")]
    HalfWritten(#[source] io::Error),
    /// The disk has no room for it.
    #[error(transparent)]
    DiskFull(#[from] DiskFull),
    /// The object is not there.
    #[error("the stored file is gone")]
    Gone,
    /// The object is shorter than it was written.
    #[error("the stored file is cut off at byte {0}")]
    CutOff(u64),
    /// The object was changed.
    #[error("the stored file is damaged")]
    Damaged(#[from] CryptoError),
    /// The work was cut short by the end of the server.
    #[error("the server is ending")]
    Ending,
}

impl ObjectsError {
    /// True when a disk, or what stands for one, has no room.
    pub fn is_for_want_of_room(&self) -> bool {
        if matches!(self, Self::DiskFull(_)) {
            return true;
        }
        let mut cause: Option<&(dyn StdError + 'static)> = Some(self);
        while let Some(error) = cause {
            let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
            if matches!(
                kind,
                Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
            ) {
                return true;
            }
            cause = error.source();
        }
        false
    }

    /// True when the object itself cannot be read, however often it is tried.
    pub(super) const fn is_lasting(&self) -> bool {
        match self {
            Self::Gone | Self::CutOff(_) | Self::Damaged(_) => true,
            Self::Store(_)
            | Self::Bucket(_)
            | Self::NoBucket
            | Self::Folder(_)
            | Self::HalfWritten(_)
            | Self::DiskFull(_)
            | Self::Ending => false,
        }
    }
}
