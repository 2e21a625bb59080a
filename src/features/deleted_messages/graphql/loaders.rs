use std::collections::HashMap;

use async_graphql::dataloader::Loader;

use super::super::model::DeletedRecord;
use super::super::store;
use crate::features::deleted_messages::DeletedMessageId;
use crate::graphql::{ReadError, Reader};
use crate::id::MessageId;
use crate::messages::{self, Version};

/// Key of the versions of an edited message, the oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct VersionsOf(pub(super) MessageId);

impl Loader<DeletedMessageId> for Reader {
    type Value = DeletedRecord;
    type Error = ReadError;

    async fn load(
        &self,
        keys: &[DeletedMessageId],
    ) -> Result<HashMap<DeletedMessageId, DeletedRecord>, ReadError> {
        self.read(async |work| {
            let mut found = HashMap::with_capacity(keys.len());
            for row in store::load(work, keys).await? {
                let item = row.open(&work.key)?;
                found.insert(item.id, item);
            }
            Ok(found)
        })
        .await
    }
}

impl Loader<VersionsOf> for Reader {
    type Value = Vec<Version>;
    type Error = ReadError;

    async fn load(&self, keys: &[VersionsOf]) -> Result<HashMap<VersionsOf, Vec<Version>>, ReadError> {
        self.read(async |work| {
            let messages: Vec<MessageId> = keys.iter().map(|key| key.0).collect();
            let mut versions: HashMap<_, Vec<_>> = HashMap::new();
            for version in messages::load_versions(work, &messages).await? {
                versions
                    .entry(VersionsOf(version.message))
                    .or_default()
                    .push(version);
            }
            Ok(versions)
        })
        .await
    }
}
