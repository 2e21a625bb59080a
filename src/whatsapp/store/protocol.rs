//! Devices, names and keys of contacts, and messages on their way in or out.

use async_trait::async_trait;
use whatsapp_rust::wacore::store::error::Result;
use whatsapp_rust::wacore::store::traits::{
    DeviceListRecord, LidPnMappingEntry, PendingInboundKey, PendingInboundRow, ProtocolStore, TcTokenEntry,
};
use whatsapp_rust::wacore::time::now_secs;

use super::account_store::{Store, encode};
use super::keyspace::{Keyspace, MessageAddress, RowKey, RowValue};

#[async_trait]
impl ProtocolStore for Store {
    async fn get_sender_key_devices(&self, group_jid: &str) -> Result<Vec<(String, bool)>> {
        let space = Keyspace::SenderKeyDevice;
        let rows = self.read_all(space, group_jid).await?;
        rows.into_iter()
            .map(|(key, plain)| {
                let device = String::from_utf8(key).map_err(|_| self.malformed(space.as_str()))?;
                Ok((device, plain == HAS_KEY))
            })
            .collect()
    }

    async fn set_sender_key_status(&self, group_jid: &str, entries: &[(&str, bool)]) -> Result<()> {
        self.write_all(entries.iter().map(|(device, has_key)| {
            let plain = if *has_key { HAS_KEY } else { NEEDS_KEY };
            (
                RowKey::within(Keyspace::SenderKeyDevice, group_jid, device),
                RowValue::new(plain),
            )
        }))
        .await
    }

    async fn clear_sender_key_devices(&self, group_jid: &str) -> Result<()> {
        self.clear(Keyspace::SenderKeyDevice, Some(group_jid)).await
    }

    async fn delete_sender_key_device_rows(&self, device_jids: &[&str]) -> Result<()> {
        let keys = device_jids.iter().map(|jid| jid.as_bytes().to_vec()).collect();
        self.remove_many(Keyspace::SenderKeyDevice, None, keys).await
    }

    async fn clear_all_sender_key_devices(&self) -> Result<()> {
        self.clear(Keyspace::SenderKeyDevice, None).await
    }

    async fn get_lid_mapping(&self, lid: &str) -> Result<Option<LidPnMappingEntry>> {
        let plain = self.read(&RowKey::new(Keyspace::Lid, lid)).await?;
        plain
            .map(|plain| self.decode(Keyspace::Lid.as_str(), &plain))
            .transpose()
    }

    async fn get_pn_mapping(&self, phone: &str) -> Result<Option<LidPnMappingEntry>> {
        let Some(lid) = self.read(&RowKey::new(Keyspace::LidOfPhoneNumber, phone)).await? else {
            return Ok(None);
        };
        let Some(plain) = self.read(&RowKey::new(Keyspace::Lid, lid)).await? else {
            return Ok(None);
        };
        let entry: LidPnMappingEntry = self.decode(Keyspace::Lid.as_str(), &plain)?;
        // The LID may have moved on to another number; the way back from the old one stays, and leads nowhere.
        Ok(Some(entry).filter(|entry| entry.phone_number == phone))
    }

    async fn put_lid_mapping(&self, entry: &LidPnMappingEntry) -> Result<()> {
        self.put_lid_mappings(std::slice::from_ref(entry)).await
    }

    async fn put_lid_mappings(&self, entries: &[LidPnMappingEntry]) -> Result<()> {
        let mut rows = Vec::with_capacity(entries.len() * 2);
        for entry in entries {
            let there = RowKey::new(Keyspace::Lid, &entry.lid);
            let back = RowKey::new(Keyspace::LidOfPhoneNumber, &entry.phone_number);
            rows.push((there, RowValue::new(encode(entry)?)));
            rows.push((back, RowValue::new(entry.lid.as_bytes())));
        }
        self.write_all(rows).await
    }

    async fn get_all_lid_mappings(&self) -> Result<Vec<LidPnMappingEntry>> {
        let rows = self.read_all(Keyspace::Lid, "").await?;
        rows.into_iter()
            .map(|(_, plain)| self.decode(Keyspace::Lid.as_str(), &plain))
            .collect()
    }

    async fn save_base_key(&self, address: &str, message_id: &str, base_key: &[u8]) -> Result<()> {
        self.write(
            &RowKey::within(Keyspace::BaseKey, address, message_id),
            &RowValue::new(base_key),
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
            .read(&RowKey::within(Keyspace::BaseKey, address, message_id))
            .await?;
        Ok(saved.is_some_and(|saved| saved == current_base_key))
    }

    async fn delete_base_key(&self, address: &str, message_id: &str) -> Result<()> {
        self.remove(RowKey::within(Keyspace::BaseKey, address, message_id))
            .await
    }

    async fn update_device_list(&self, record: DeviceListRecord) -> Result<()> {
        self.write(
            &RowKey::new(Keyspace::DeviceList, &record.user),
            &RowValue::new(encode(&record)?),
        )
        .await
    }

    async fn update_device_lists(&self, records: Vec<DeviceListRecord>) -> Result<()> {
        let rows = records
            .iter()
            .map(|record| {
                Ok((
                    RowKey::new(Keyspace::DeviceList, &record.user),
                    RowValue::new(encode(record)?),
                ))
            })
            .collect::<Result<Vec<_>>>()?;
        self.write_all(rows).await
    }

    async fn get_devices(&self, user: &str) -> Result<Option<DeviceListRecord>> {
        let plain = self.read(&RowKey::new(Keyspace::DeviceList, user)).await?;
        plain
            .map(|plain| self.decode(Keyspace::DeviceList.as_str(), &plain))
            .transpose()
    }

    async fn delete_devices(&self, user: &str) -> Result<()> {
        self.remove(RowKey::new(Keyspace::DeviceList, user)).await
    }

    async fn get_group_metadata(&self, group_jid: &str) -> Result<Option<Vec<u8>>> {
        self.read(&RowKey::new(Keyspace::GroupMetadata, group_jid)).await
    }

    async fn put_group_metadata(&self, group_jid: &str, blob: &[u8]) -> Result<()> {
        self.write(
            &RowKey::new(Keyspace::GroupMetadata, group_jid),
            &RowValue::new(blob),
        )
        .await
    }

    async fn delete_group_metadata(&self, group_jid: &str) -> Result<()> {
        self.remove(RowKey::new(Keyspace::GroupMetadata, group_jid)).await
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
        let row_key = RowKey::within(Keyspace::SentMessage, chat_jid, message_id);
        self.write(&row_key, &stored_now(payload)).await
    }

    async fn take_sent_message(&self, chat_jid: &str, message_id: &str) -> Result<Option<Vec<u8>>> {
        self.take(&RowKey::within(Keyspace::SentMessage, chat_jid, message_id))
            .await
    }

    async fn delete_expired_sent_messages(&self, cutoff_timestamp: i64) -> Result<u32> {
        self.remove_older(Keyspace::SentMessage, cutoff_timestamp).await
    }

    async fn store_pending_inbound(&self, chat: &str, sender: &str, id: &str, message: &[u8]) -> Result<()> {
        let of = MessageAddress { chat, sender, id };
        self.buffer.add_copies([(of, stored_now(message))]);
        self.store_unstored_durably().await
    }

    async fn get_pending_inbound(&self, chat: &str, sender: &str, id: &str) -> Result<Option<Vec<u8>>> {
        self.read(&RowKey::pending_inbound(chat, sender, id)).await
    }

    async fn delete_pending_inbound(&self, chat: &str, sender: &str, id: &str) -> Result<()> {
        self.buffer
            .remove_copies(&[RowKey::pending_inbound(chat, sender, id)]);
        Ok(())
    }

    async fn delete_expired_pending_inbound(&self, cutoff_timestamp: i64) -> Result<u32> {
        let stored = self
            .remove_older(Keyspace::PendingInbound, cutoff_timestamp)
            .await?;
        Ok(stored + self.buffer.drop_older(cutoff_timestamp))
    }

    async fn store_pending_inbound_batch(&self, rows: &[PendingInboundRow<'_>]) -> Result<()> {
        let copies = rows.iter().map(|row| {
            let PendingInboundRow { chat, sender, id, .. } = *row;
            (MessageAddress { chat, sender, id }, stored_now(row.message))
        });
        if self.buffer.add_copies(copies) {
            self.store_unstored_with_retry().await?;
        }
        Ok(())
    }

    async fn delete_pending_inbound_batch(&self, keys: &[PendingInboundKey<'_>]) -> Result<()> {
        let row_keys: Vec<RowKey> = keys
            .iter()
            .map(|key| RowKey::pending_inbound(key.chat, key.sender, key.id))
            .filter(|copy| !self.buffer.copies.keeps(copy))
            .collect();
        self.buffer.remove_copies(&row_keys);
        Ok(())
    }
}

const HAS_KEY: &[u8] = &[1];
const NEEDS_KEY: &[u8] = &[0];

/// Value with the time of the library's own clock, because the library decides by it which values are too old.
fn stored_now(plain: &[u8]) -> RowValue {
    RowValue {
        stored_secs: Some(now_secs()),
        ..RowValue::new(plain)
    }
}
