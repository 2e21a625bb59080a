use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, Result, SimpleObject};
use uuid::Uuid;

use super::model::Tombstone;
use super::store;
use crate::graphql::{Entity, ReadError, Reader};
use crate::id::to_global;

/// A kept item that the viewer deleted for good, with what a client needs to remove it from lists and caches.
#[derive(Debug, Clone, SimpleObject)]
pub struct RemovedItem {
    /// Former id of the item. `node(id:)` answers it with null.
    id: ID,
    /// Type that the item had in this schema (its `__typename`), such as `DeletedMessage`.
    type_name: String,
}

/// Key of the record of a deleted item: the id that the item had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TombstoneKey(Uuid);

impl From<Uuid> for TombstoneKey {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl Entity for RemovedItem {
    type Id = TombstoneKey;
    type Row = Tombstone;

    const NAME: &'static str = "removed item";

    fn of(_: &Context<'_>, row: Tombstone) -> Self {
        Self {
            id: ID(to_global(&row.kind, row.id.into())),
            type_name: row.kind,
        }
    }
}

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
