use bytes::Bytes;
use data_encoding::HEXLOWER;
use futures::TryStreamExt as _;
use object_store::ObjectStoreExt as _;
use object_store::path::Path as Name;

use super::Bucket;
use super::error::{Action, BucketError};
use crate::config::BucketConfig;
use crate::id::Ids;

/// The content of the object that is written to check a bucket.
const CONTENT: &[u8] = b"written by AMDA to check this bucket; it may be deleted";

/// Checks that the bucket of `config` lets us list, write, read and delete objects.
///
/// # Errors
/// What fails, and what to do about it.
pub async fn check_bucket(config: &BucketConfig, ids: &Ids) -> Result<(), BucketError> {
    Bucket::open(config)?.check(ids).await
}

impl Bucket {
    /// Lists objects, and writes, reads and deletes one.
    pub(in crate::media) async fn check(&self, ids: &Ids) -> Result<(), BucketError> {
        let mut chance = [0; 8];
        ids.fill(&mut chance);
        let name = Name::from(format!("amda-check-{}", HEXLOWER.encode(&chance)));
        let store = &self.place.store;
        let failed = |action: Action| move |error| self.names.explain(action, &error);
        store.list(None).try_next().await.map_err(failed(Action::List))?;
        store
            .put(&name, Bytes::from_static(CONTENT).into())
            .await
            .map_err(failed(Action::Write))?;
        let read = self.read_back(&name).await;
        // Also when it cannot be read: nothing stays.
        let deleted = store.delete(&name).await.map_err(failed(Action::Delete));
        read.and(deleted)
    }

    async fn read_back(&self, name: &Name) -> Result<(), BucketError> {
        let failed = |error| self.names.explain(Action::Read, &error);
        let found = self.place.store.get(name).await.map_err(failed)?;
        let content = found.bytes().await.map_err(failed)?;
        if content == CONTENT {
            return Ok(());
        }
        let bucket = self.names.bucket.clone();
        Err(BucketError::Altered { bucket })
    }
}
