//! Keys and ratchets.

use std::sync::Arc;

use async_trait::async_trait;
use whatsapp_rust::bytes::Bytes;
use whatsapp_rust::wacore::store::error::Result;
use whatsapp_rust::wacore::store::traits::SignalStore;

use super::Store;
use super::space::{Place, Space, Value};

#[async_trait]
impl SignalStore for Store {
    async fn put_identity(&self, address: &str, key: [u8; 32]) -> Result<()> {
        self.write(&Place::new(Space::Identity, address), &Value::new(key))
            .await
    }

    async fn put_identities_batch(&self, identities: &[(Arc<str>, [u8; 32])]) -> Result<()> {
        self.write_all(
            identities
                .iter()
                .map(|(address, key)| (Place::new(Space::Identity, &**address), Value::new(*key))),
        )
        .await
    }

    async fn load_identity(&self, address: &str) -> Result<Option<[u8; 32]>> {
        let plain = self.read(&Place::new(Space::Identity, address)).await?;
        plain
            .map(|plain| {
                <[u8; 32]>::try_from(plain.as_slice()).map_err(|_| self.malformed(Space::Identity.name()))
            })
            .transpose()
    }

    async fn delete_identity(&self, address: &str) -> Result<()> {
        self.remove(&Place::new(Space::Identity, address)).await
    }

    async fn get_session(&self, address: &str) -> Result<Option<Bytes>> {
        let plain = self.read(&Place::new(Space::Session, address)).await?;
        Ok(plain.map(Bytes::from))
    }

    async fn put_session(&self, address: &str, session: &[u8]) -> Result<()> {
        self.write(&Place::new(Space::Session, address), &Value::new(session))
            .await
    }

    async fn put_sessions_batch(&self, sessions: &[(Arc<str>, Bytes)]) -> Result<()> {
        self.write_all(records(Space::Session, sessions)).await
    }

    async fn delete_session(&self, address: &str) -> Result<()> {
        self.remove(&Place::new(Space::Session, address)).await
    }

    async fn has_session(&self, address: &str) -> Result<bool> {
        self.holds(&Place::new(Space::Session, address)).await
    }

    async fn has_signal_state_for_user(&self, user: &str) -> Result<bool> {
        // `user@server` is the first device, `user:device@server` the others.
        let (first, others) = (format!("{user}@"), format!("{user}:"));
        self.holds_prefix(
            &[Space::Session, Space::Identity],
            [first.as_bytes(), others.as_bytes()],
        )
        .await
    }

    async fn store_prekey(&self, id: u32, record: &[u8], uploaded: bool) -> Result<()> {
        self.write(&Place::numbered(Space::Prekey, id), &prekey(record, uploaded))
            .await
    }

    async fn store_prekeys_batch(&self, keys: &[(u32, Bytes)], uploaded: bool) -> Result<()> {
        self.write_all(
            keys.iter()
                .map(|(id, record)| (Place::numbered(Space::Prekey, *id), prekey(record, uploaded))),
        )
        .await
    }

    async fn load_prekey(&self, id: u32) -> Result<Option<Bytes>> {
        let plain = self.read(&Place::numbered(Space::Prekey, id)).await?;
        Ok(plain.map(Bytes::from))
    }

    async fn load_prekeys_batch(&self, ids: &[u32]) -> Result<Vec<(u32, Bytes)>> {
        let keys = ids.iter().map(|id| id.to_be_bytes().to_vec()).collect();
        let mut found = std::collections::HashMap::with_capacity(ids.len());
        for (key, plain) in self.read_many(Space::Prekey, "", keys).await? {
            found.insert(self.number(Space::Prekey, &key)?, Bytes::from(plain));
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
        self.remove(&Place::numbered(Space::Prekey, id)).await
    }

    async fn get_max_prekey_id(&self) -> Result<u32> {
        Ok(self.highest(Space::Prekey).await?.unwrap_or(0))
    }

    async fn store_signed_prekey(&self, id: u32, record: &[u8]) -> Result<()> {
        self.write(&Place::numbered(Space::SignedPrekey, id), &Value::new(record))
            .await
    }

    async fn load_signed_prekey(&self, id: u32) -> Result<Option<Vec<u8>>> {
        self.read(&Place::numbered(Space::SignedPrekey, id)).await
    }

    async fn load_all_signed_prekeys(&self) -> Result<Vec<(u32, Vec<u8>)>> {
        let rows = self.read_all(Space::SignedPrekey, "").await?;
        rows.into_iter()
            .map(|(key, plain)| Ok((self.number(Space::SignedPrekey, &key)?, plain)))
            .collect()
    }

    async fn remove_signed_prekey(&self, id: u32) -> Result<()> {
        self.remove(&Place::numbered(Space::SignedPrekey, id)).await
    }

    async fn put_sender_key(&self, address: &str, record: &[u8]) -> Result<()> {
        self.write(&Place::new(Space::SenderKey, address), &Value::new(record))
            .await
    }

    async fn put_sender_keys_batch(&self, sender_keys: &[(Arc<str>, Bytes)]) -> Result<()> {
        self.write_all(records(Space::SenderKey, sender_keys)).await
    }

    async fn get_sender_key(&self, address: &str) -> Result<Option<Vec<u8>>> {
        self.read(&Place::new(Space::SenderKey, address)).await
    }

    async fn delete_sender_key(&self, address: &str) -> Result<()> {
        self.remove(&Place::new(Space::SenderKey, address)).await
    }
}

fn prekey(record: &[u8], uploaded: bool) -> Value {
    Value {
        is_uploaded: Some(uploaded),
        ..Value::new(record)
    }
}

fn records(space: Space, records: &[(Arc<str>, Bytes)]) -> impl Iterator<Item = (Place, Value)> {
    records
        .iter()
        .map(move |(address, record)| (Place::new(space, &**address), Value::new(&**record)))
}
