//! Progress in reading the account's own settings, contacts and mutes.

use std::collections::HashMap;

use async_trait::async_trait;
use whatsapp_rust::wacore::appstate::hash::HashState;
use whatsapp_rust::wacore::appstate::patch_decode::WAPatchName;
use whatsapp_rust::wacore::appstate::processor::AppStateMutationMAC;
use whatsapp_rust::wacore::store::error::Result;
use whatsapp_rust::wacore::store::traits::{AppStateSyncKey, AppSyncStore};

use super::account_store::{Store, encode};
use super::keyspace::{Keyspace, RowKey, RowValue};

/// Collections of contacts, mutes and the account's own settings.
pub(in crate::whatsapp) const COLLECTIONS: [WAPatchName; 5] = [
    WAPatchName::CriticalBlock,
    WAPatchName::CriticalUnblockLow,
    WAPatchName::RegularLow,
    WAPatchName::RegularHigh,
    WAPatchName::Regular,
];

impl Store {
    /// Forgets the progress in all collections, so that WhatsApp sends them from the beginning. Not to be called while a
    /// client works with the store.
    pub(in crate::whatsapp) async fn reset_app_state(&self) -> Result<()> {
        self.clear(Keyspace::SyncVersion, None).await
    }

    /// Collections of which nothing was read so far.
    pub(in crate::whatsapp) async fn unread_collections(&self) -> Result<Vec<WAPatchName>> {
        let keys = COLLECTIONS.map(|name| name.as_str().as_bytes().to_vec());
        let read = self.read_many(Keyspace::SyncVersion, "", keys.into()).await?;
        let is_unread = |name: &WAPatchName| {
            read.iter()
                .all(|(key, _)| key.as_slice() != name.as_str().as_bytes())
        };
        Ok(COLLECTIONS.into_iter().filter(is_unread).collect())
    }
}

#[async_trait]
impl AppSyncStore for Store {
    async fn get_sync_key(&self, key_id: &[u8]) -> Result<Option<AppStateSyncKey>> {
        let plain = self.read(&RowKey::new(Keyspace::SyncKey, key_id)).await?;
        plain
            .map(|plain| self.decode(Keyspace::SyncKey.as_str(), &plain))
            .transpose()
    }

    async fn set_sync_key(&self, key_id: &[u8], key: AppStateSyncKey) -> Result<()> {
        let key = RowValue::new(encode(&key)?);
        self.write_all([
            (RowKey::new(Keyspace::SyncKey, key_id), key),
            (latest_sync_key(), RowValue::new(key_id)),
        ])
        .await
    }

    async fn get_version(&self, name: &str) -> Result<HashState> {
        let plain = self.read(&RowKey::new(Keyspace::SyncVersion, name)).await?;
        plain.map_or_else(
            || Ok(HashState::default()),
            |plain| self.decode(Keyspace::SyncVersion.as_str(), &plain),
        )
    }

    async fn set_version(&self, name: &str, state: HashState) -> Result<()> {
        self.write(
            &RowKey::new(Keyspace::SyncVersion, name),
            &RowValue::new(encode(&state)?),
        )
        .await
    }

    async fn put_mutation_macs(
        &self,
        name: &str,
        _version: u64,
        mutations: &[AppStateMutationMAC],
    ) -> Result<()> {
        self.write_all(mutations.iter().map(|mutation| {
            (
                RowKey::within(Keyspace::SyncMac, name, &mutation.index_mac),
                RowValue::new(&*mutation.value_mac),
            )
        }))
        .await
    }

    async fn get_mutation_mac(&self, name: &str, index_mac: &[u8]) -> Result<Option<Vec<u8>>> {
        self.read(&RowKey::within(Keyspace::SyncMac, name, index_mac))
            .await
    }

    async fn get_mutation_macs(
        &self,
        name: &str,
        index_macs: &[[u8; 32]],
    ) -> Result<HashMap<[u8; 32], Vec<u8>>> {
        let keys = index_macs.iter().map(|mac| mac.to_vec()).collect();
        let rows = self.read_many(Keyspace::SyncMac, name, keys).await?;
        rows.into_iter()
            .map(|(key, plain)| {
                let index_mac =
                    <[u8; 32]>::try_from(key).map_err(|_| self.malformed(Keyspace::SyncMac.as_str()))?;
                Ok((index_mac, plain))
            })
            .collect()
    }

    async fn delete_mutation_macs(&self, name: &str, index_macs: &[Vec<u8>]) -> Result<()> {
        self.remove_many(Keyspace::SyncMac, Some(name), index_macs.to_vec())
            .await
    }

    async fn clear_mutation_macs(&self, name: &str) -> Result<()> {
        self.clear(Keyspace::SyncMac, Some(name)).await
    }

    async fn get_latest_sync_key_id(&self) -> Result<Option<Vec<u8>>> {
        self.read(&latest_sync_key()).await
    }
}

/// Row of the id of the newest key, written together with the key.
fn latest_sync_key() -> RowKey {
    RowKey::within(Keyspace::SyncKey, "latest", "")
}
