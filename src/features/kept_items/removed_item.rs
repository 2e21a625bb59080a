use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, Result, SimpleObject};
use uuid::Uuid;

use super::model::Tombstone;
use super::store;
use crate::graphql::{ReadError, Reader, find};
use crate::id::to_global;

/// A kept item that the viewer deleted for good, with what a client needs to remove it from lists and caches.
#[derive(Debug, Clone, SimpleObject)]
pub struct RemovedItem {
    /// Former id of the item. `node(id:)` answers it with null.
    id: ID,
    /// Type that the item had in this schema (its `__typename`), such as `DeletedMessage`.
    type_name: String,
}

impl RemovedItem {
    /// Finds the record of the deleted item `id`; `None` when the record expired.
    ///
    /// # Errors
    /// `INTERNAL` when the database fails.
    pub async fn find(ctx: &Context<'_>, id: Uuid) -> Result<Option<Self>> {
        let found = find(ctx, TombstoneKey(id)).await?;
        Ok(found.map(|tombstone| Self {
            id: ID(to_global(&tombstone.kind, tombstone.id.into())),
            type_name: tombstone.kind,
        }))
    }
}

/// Key of the record of a deleted item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct TombstoneKey(Uuid);

impl Loader<TombstoneKey> for Reader {
    type Value = Tombstone;
    type Error = ReadError;

    async fn load(&self, keys: &[TombstoneKey]) -> Result<HashMap<TombstoneKey, Tombstone>, ReadError> {
        self.read(async |work| {
            let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
            let found = store::load(work, &ids).await?;
            let tombstones = found.into_iter().map(|(id, kind)| Tombstone { id, kind });
            Ok(tombstones
                .map(|tombstone| (TombstoneKey(tombstone.id), tombstone))
                .collect())
        })
        .await
    }
}
