//! Check of the place of media.

use std::sync::Arc;

use super::finding::Finding;
use crate::clock::SystemClock;
use crate::config::{BucketConfig, Config, MediaEncryption, MediaStore};
use crate::id::Ids;
use crate::media;

const MEDIA: &str = "media";

/// Uses the bucket: lists it, and writes, reads and deletes an object. The folder is checked with the other files.
pub(super) async fn check(config: &Config) -> Finding {
    let Some(bucket) = &config.media.bucket else {
        return Finding::skipped(
            MEDIA,
            "no bucket is configured (AMDA_S3_BUCKET), so media lie in the data folder",
        );
    };
    match media::check_bucket(bucket, &Ids::new(Arc::new(SystemClock))).await {
        Ok(()) => Finding::fine(MEDIA, describe(bucket, config)),
        Err(error) => Finding::wrong(MEDIA, error.to_string()),
    }
}

fn describe(bucket: &BucketConfig, config: &Config) -> String {
    let use_of_it = match (config.media.store, config.media.encryption) {
        (MediaStore::Folder, _) => "new files go to the data folder (AMDA_MEDIA_STORE)",
        (MediaStore::Bucket, MediaEncryption::Sealed) => "new files go there, encrypted by AMDA",
        (MediaStore::Bucket, MediaEncryption::Bucket) => {
            "new files go there, encrypted by the bucket alone (AMDA_MEDIA_ENCRYPTION)"
        }
    };
    format!(
        "the bucket {} lets us list, write, read and delete objects; {use_of_it}",
        bucket.name
    )
}
