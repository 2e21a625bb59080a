//! Who has which devices, names and keys, and what is on its way in or out.

use async_trait::async_trait;
use whatsapp_rust::wacore::store::error::Result;
use whatsapp_rust::wacore::store::traits::{
    DeviceListRecord, LidPnMappingEntry, PendingInboundKey, PendingInboundRow, ProtocolStore, TcTokenEntry,
};
use whatsapp_rust::wacore::time::now_secs;

use super::space::{Place, Space, Value};
use super::{Store, encode};

#[async_trait]
impl ProtocolStore for Store {
    async fn get_sender_key_devices(&self, group_jid: &str) -> Result<Vec<(String, bool)>> {
        let space = Space::SenderKeyDevice;
        let rows = self.read_all(space, group_jid).await?;
        rows.into_iter()
            .map(|(key, plain)| {
                let device = String::from_utf8(key).map_err(|_| self.malformed(space.name()))?;
                Ok((device, plain == HAS_KEY))
            })
            .collect()
    }

    async fn set_sender_key_status(&self, group_jid: &str, entries: &[(&str, bool)]) -> Result<()> {
        self.write_all(entries.iter().map(|(device, has_key)| {
            let plain = if *has_key { HAS_KEY } else { NEEDS_KEY };
            (
                Place::within(Space::SenderKeyDevice, group_jid, device),
                Value::new(plain),
            )
        }))
        .await
    }

    async fn clear_sender_key_devices(&self, group_jid: &str) -> Result<()> {
        self.clear(Space::SenderKeyDevice, Some(group_jid)).await
    }

    async fn delete_sender_key_device_rows(&self, device_jids: &[&str]) -> Result<()> {
        let keys = device_jids.iter().map(|jid| jid.as_bytes().to_vec()).collect();
        self.remove_many(Space::SenderKeyDevice, None, keys).await
    }

    async fn clear_all_sender_key_devices(&self) -> Result<()> {
        self.clear(Space::SenderKeyDevice, None).await
    }

    async fn get_lid_mapping(&self, lid: &str) -> Result<Option<LidPnMappingEntry>> {
        let plain = self.read(&Place::new(Space::Lid, lid)).await?;
        plain
            .map(|plain| self.decode(Space::Lid.name(), &plain))
            .transpose()
    }

    async fn get_pn_mapping(&self, phone: &str) -> Result<Option<LidPnMappingEntry>> {
        let Some(lid) = self.read(&Place::new(Space::LidOfPhoneNumber, phone)).await? else {
            return Ok(None);
        };
        let Some(plain) = self.read(&Place::new(Space::Lid, lid)).await? else {
            return Ok(None);
        };
        let entry: LidPnMappingEntry = self.decode(Space::Lid.name(), &plain)?;
        // The LID may have moved on to another number; the way back from the old one stays, and leads nowhere.
        Ok(Some(entry).filter(|entry| entry.phone_number == phone))
    }

    async fn put_lid_mapping(&self, entry: &LidPnMappingEntry) -> Result<()> {
        self.put_lid_mappings(std::slice::from_ref(entry)).await
    }

    async fn put_lid_mappings(&self, entries: &[LidPnMappingEntry]) -> Result<()> {
        let mut rows = Vec::with_capacity(entries.len() * 2);
        for entry in entries {
            let there = Place::new(Space::Lid, &entry.lid);
            let back = Place::new(Space::LidOfPhoneNumber, &entry.phone_number);
            rows.push((there, Value::new(encode(entry)?)));
            rows.push((back, Value::new(entry.lid.as_bytes())));
        }
        self.write_all(rows).await
    }

    async fn get_all_lid_mappings(&self) -> Result<Vec<LidPnMappingEntry>> {
        let rows = self.read_all(Space::Lid, "").await?;
        rows.into_iter()
            .map(|(_, plain)| self.decode(Space::Lid.name(), &plain))
            .collect()
    }

    async fn save_base_key(&self, address: &str, message_id: &str, base_key: &[u8]) -> Result<()> {
        self.write(
            &Place::within(Space::BaseKey, address, message_id),
            &Value::new(base_key),
        )
        .await
    }

    async fn has_same_base_key(
        &self,
        address: &str,
        message_id: &str,
        current_base_key: &[u8],
    ) -> Result<bool> {
        let saved = self
            .read(&Place::within(Space::BaseKey, address, message_id))
            .await?;
        Ok(saved.is_some_and(|saved| saved == current_base_key))
    }

    async fn delete_base_key(&self, address: &str, message_id: &str) -> Result<()> {
        self.remove(&Place::within(Space::BaseKey, address, message_id))
            .await
    }

    async fn update_device_list(&self, record: DeviceListRecord) -> Result<()> {
        self.write(
            &Place::new(Space::DeviceList, &record.user),
            &Value::new(encode(&record)?),
        )
        .await
    }

    async fn update_device_lists(&self, records: Vec<DeviceListRecord>) -> Result<()> {
        let rows = records
            .iter()
            .map(|record| {
                Ok((
                    Place::new(Space::DeviceList, &record.user),
                    Value::new(encode(record)?),
                ))
            })
            .collect::<Result<Vec<_>>>()?;
        self.write_all(rows).await
    }

    async fn get_devices(&self, user: &str) -> Result<Option<DeviceListRecord>> {
        let plain = self.read(&Place::new(Space::DeviceList, user)).await?;
        plain
            .map(|plain| self.decode(Space::DeviceList.name(), &plain))
            .transpose()
    }

    async fn delete_devices(&self, user: &str) -> Result<()> {
        self.remove(&Place::new(Space::DeviceList, user)).await
    }

    async fn get_group_metadata(&self, group_jid: &str) -> Result<Option<Vec<u8>>> {
        self.read(&Place::new(Space::GroupMetadata, group_jid)).await
    }

    async fn put_group_metadata(&self, group_jid: &str, blob: &[u8]) -> Result<()> {
        self.write(&Place::new(Space::GroupMetadata, group_jid), &Value::new(blob))
            .await
    }

    async fn delete_group_metadata(&self, group_jid: &str) -> Result<()> {
        self.remove(&Place::new(Space::GroupMetadata, group_jid)).await
    }

    async fn get_tc_token(&self, jid: &str) -> Result<Option<TcTokenEntry>> {
        self.tc_token(jid).await
    }

    async fn put_tc_token(&self, jid: &str, entry: &TcTokenEntry) -> Result<()> {
        self.replace_tc_token(jid, entry).await
    }

    async fn delete_tc_token(&self, jid: &str) -> Result<()> {
        self.remove_tc_token(jid).await
    }

    async fn get_all_tc_token_jids(&self) -> Result<Vec<String>> {
        self.tc_token_jids().await
    }

    async fn delete_expired_tc_tokens(&self, token_cutoff: i64, sender_cutoff: i64) -> Result<u32> {
        self.remove_dead_tc_tokens(token_cutoff, sender_cutoff).await
    }

    async fn touch_tc_token_sender_timestamp(&self, jid: &str, sender_timestamp: i64) -> Result<()> {
        self.advance_tc_token_sender(jid, sender_timestamp).await
    }

    async fn store_received_tc_token(&self, jid: &str, token: &[u8], token_timestamp: i64) -> Result<()> {
        self.receive_tc_token(jid, token, token_timestamp).await
    }

    async fn store_sent_message(&self, chat_jid: &str, message_id: &str, payload: &[u8]) -> Result<()> {
        let place = Place::within(Space::SentMessage, chat_jid, message_id);
        self.write(&place, &stored_now(payload)).await
    }

    async fn take_sent_message(&self, chat_jid: &str, message_id: &str) -> Result<Option<Vec<u8>>> {
        self.take(&Place::within(Space::SentMessage, chat_jid, message_id))
            .await
    }

    async fn delete_expired_sent_messages(&self, cutoff_timestamp: i64) -> Result<u32> {
        self.remove_older(Space::SentMessage, cutoff_timestamp).await
    }

    async fn store_pending_inbound(&self, chat: &str, sender: &str, id: &str, message: &[u8]) -> Result<()> {
        self.write(&pending(chat, sender, id), &stored_now(message)).await
    }

    async fn get_pending_inbound(&self, chat: &str, sender: &str, id: &str) -> Result<Option<Vec<u8>>> {
        self.read(&pending(chat, sender, id)).await
    }

    async fn delete_pending_inbound(&self, chat: &str, sender: &str, id: &str) -> Result<()> {
        self.remove(&pending(chat, sender, id)).await
    }

    async fn delete_expired_pending_inbound(&self, cutoff_timestamp: i64) -> Result<u32> {
        self.remove_older(Space::PendingInbound, cutoff_timestamp).await
    }

    async fn store_pending_inbound_batch(&self, rows: &[PendingInboundRow<'_>]) -> Result<()> {
        let rows = rows
            .iter()
            .map(|row| (pending(row.chat, row.sender, row.id), stored_now(row.message)));
        self.insist(&rows.collect()).await
    }

    async fn delete_pending_inbound_batch(&self, keys: &[PendingInboundKey<'_>]) -> Result<()> {
        let places: Vec<Place> = keys
            .iter()
            .map(|key| pending(key.chat, key.sender, key.id))
            .filter(|copy| !self.buffer.keeps(copy))
            .collect();
        self.remove_all(Space::PendingInbound, &places).await
    }
}

const HAS_KEY: &[u8] = &[1];
const NEEDS_KEY: &[u8] = &[0];

/// Stamped by the library's own clock, because it is the library that says from when on they are too old.
fn stored_now(plain: &[u8]) -> Value {
    Value {
        stored_secs: Some(now_secs()),
        ..Value::new(plain)
    }
}

/// A message id is unique only within its chat and sender. The length keeps two pairs from running together.
pub(super) fn pending(chat: &str, sender: &str, id: &str) -> Place {
    let key = format!("{}:{sender}{id}", sender.len());
    Place::within(Space::PendingInbound, chat, key)
}
