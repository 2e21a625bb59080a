//! Signal keys and ratchets. Those that the library gives in batches, as it does while messages come and go, wait in memory
//! (`write_buffer.rs`); the calls for a single one store it.

use std::sync::Arc;

use async_trait::async_trait;
use whatsapp_rust::bytes::Bytes;
use whatsapp_rust::wacore::store::error::Result;
use whatsapp_rust::wacore::store::traits::SignalStore;

use super::account_store::Store;
use super::keyspace::{Keyspace, RowKey, RowValue};

#[async_trait]
impl SignalStore for Store {
    async fn put_identity(&self, address: &str, key: [u8; 32]) -> Result<()> {
        self.put_identities_batch(&[(address.into(), key)]).await?;
        self.store_unstored().await
    }

    async fn put_identities_batch(&self, identities: &[(Arc<str>, [u8; 32])]) -> Result<()> {
        self.buffer.add_ratchets(identities.iter().map(|(address, key)| {
            (
                RowKey::of_device(Keyspace::Identity, address),
                RowValue::new(*key),
            )
        }));
        Ok(())
    }

    async fn load_identity(&self, address: &str) -> Result<Option<[u8; 32]>> {
        let plain = self.read(&RowKey::of_device(Keyspace::Identity, address)).await?;
        plain
            .map(|plain| {
                <[u8; 32]>::try_from(plain.as_slice())
                    .map_err(|_| self.malformed(Keyspace::Identity.as_str()))
            })
            .transpose()
    }

    async fn delete_identity(&self, address: &str) -> Result<()> {
        self.remove(RowKey::of_device(Keyspace::Identity, address)).await
    }

    async fn get_session(&self, address: &str) -> Result<Option<Bytes>> {
        let plain = self.read(&RowKey::of_device(Keyspace::Session, address)).await?;
        Ok(plain.map(Bytes::from))
    }

    async fn put_session(&self, address: &str, session: &[u8]) -> Result<()> {
        let session = Bytes::copy_from_slice(session);
        self.put_sessions_batch(&[(address.into(), session)]).await?;
        self.store_unstored().await
    }

    async fn put_sessions_batch(&self, sessions: &[(Arc<str>, Bytes)]) -> Result<()> {
        self.buffer.add_ratchets(sessions.iter().map(|(address, record)| {
            (
                RowKey::of_device(Keyspace::Session, address),
                RowValue::new(&**record),
            )
        }));
        Ok(())
    }

    async fn delete_session(&self, address: &str) -> Result<()> {
        self.remove(RowKey::of_device(Keyspace::Session, address)).await
    }

    async fn has_session(&self, address: &str) -> Result<bool> {
        self.holds(&RowKey::of_device(Keyspace::Session, address)).await
    }

    async fn has_signal_state_for_user(&self, user: &str) -> Result<bool> {
        Ok(self.holds_scope(Keyspace::Session, user).await?
            || self.holds_scope(Keyspace::Identity, user).await?)
    }

    async fn store_prekey(&self, id: u32, record: &[u8], uploaded: bool) -> Result<()> {
        let record = Bytes::copy_from_slice(record);
        self.store_prekeys_batch(&[(id, record)], uploaded).await
    }

    async fn store_prekeys_batch(&self, keys: &[(u32, Bytes)], uploaded: bool) -> Result<()> {
        let rows = keys
            .iter()
            .map(|(id, record)| (RowKey::numbered(Keyspace::Prekey, *id), prekey(record, uploaded)));
        self.write_all(rows).await
    }

    async fn load_prekey(&self, id: u32) -> Result<Option<Bytes>> {
        let plain = self.read(&RowKey::numbered(Keyspace::Prekey, id)).await?;
        Ok(plain.map(Bytes::from))
    }

    async fn load_prekeys_batch(&self, ids: &[u32]) -> Result<Vec<(u32, Bytes)>> {
        let is_there = |id: &&u32| {
            let in_memory = self.buffer.row(&RowKey::numbered(Keyspace::Prekey, **id));
            !matches!(in_memory, Some(None))
        };
        let keys = ids.iter().filter(is_there);
        let keys = keys.map(|id| id.to_be_bytes().to_vec()).collect();
        let mut found = std::collections::HashMap::with_capacity(ids.len());
        for (key, plain) in self.read_many(Keyspace::Prekey, "", keys).await? {
            found.insert(self.number(Keyspace::Prekey, &key)?, Bytes::from(plain));
        }
        // In the order they were asked for.
        Ok(ids
            .iter()
            .filter_map(|id| found.get(id).map(|record| (*id, record.clone())))
            .collect())
    }

    async fn mark_prekeys_uploaded(&self, ids: &[u32]) -> Result<()> {
        self.mark_uploaded(ids).await
    }

    async fn remove_prekey(&self, id: u32) -> Result<()> {
        // With the ratchet of the message that used it up, which the library gave just before.
        self.buffer
            .remove_with_next([RowKey::numbered(Keyspace::Prekey, id)]);
        Ok(())
    }

    async fn get_max_prekey_id(&self) -> Result<u32> {
        // With those gone that are used up.
        self.store_unstored().await?;
        Ok(self.highest(Keyspace::Prekey).await?.unwrap_or(0))
    }

    async fn store_signed_prekey(&self, id: u32, record: &[u8]) -> Result<()> {
        self.write(
            &RowKey::numbered(Keyspace::SignedPrekey, id),
            &RowValue::new(record),
        )
        .await
    }

    async fn load_signed_prekey(&self, id: u32) -> Result<Option<Vec<u8>>> {
        self.read(&RowKey::numbered(Keyspace::SignedPrekey, id)).await
    }

    async fn load_all_signed_prekeys(&self) -> Result<Vec<(u32, Vec<u8>)>> {
        let rows = self.read_all(Keyspace::SignedPrekey, "").await?;
        rows.into_iter()
            .map(|(key, plain)| Ok((self.number(Keyspace::SignedPrekey, &key)?, plain)))
            .collect()
    }

    async fn remove_signed_prekey(&self, id: u32) -> Result<()> {
        self.remove(RowKey::numbered(Keyspace::SignedPrekey, id)).await
    }

    async fn put_sender_key(&self, address: &str, record: &[u8]) -> Result<()> {
        let record = Bytes::copy_from_slice(record);
        self.put_sender_keys_batch(&[(address.into(), record)]).await?;
        self.store_unstored().await
    }

    async fn put_sender_keys_batch(&self, sender_keys: &[(Arc<str>, Bytes)]) -> Result<()> {
        self.buffer
            .add_ratchets(sender_keys.iter().map(|(address, record)| {
                (
                    RowKey::new(Keyspace::SenderKey, &**address),
                    RowValue::new(&**record),
                )
            }));
        Ok(())
    }

    async fn get_sender_key(&self, address: &str) -> Result<Option<Vec<u8>>> {
        self.read(&RowKey::new(Keyspace::SenderKey, address)).await
    }

    async fn delete_sender_key(&self, address: &str) -> Result<()> {
        self.remove(RowKey::new(Keyspace::SenderKey, address)).await
    }
}

fn prekey(record: &[u8], uploaded: bool) -> RowValue {
    RowValue {
        is_uploaded: Some(uploaded),
        ..RowValue::new(record)
    }
}
