//! Statuses that an earlier client buffered and did not commit.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use whatsapp_rust::Client;
use whatsapp_rust::types::message::{MessageInfo, MessageSource};
use whatsapp_rust::wacore::store::error::Result;
use whatsapp_rust::wacore_binary::{Jid, JidExt as _};
use whatsapp_rust::waproto::codec::message_decode;
use whatsapp_rust::waproto::whatsapp as wa;

use super::account_store::Store;
use super::error::store_error;
use super::keyspace::{Keyspace, RowKey};
use super::sealing::StoredKey;
use crate::db::schema::whatsapp_store::{self as table, dsl};

/// Status that was buffered and never committed.
pub(in crate::whatsapp) struct OrphanedStatus {
    /// WhatsApp's id.
    pub(in crate::whatsapp) id: String,
    sender: Jid,
    stored_at: DateTime<Utc>,
    message: Vec<u8>,
    row_key: RowKey,
}

impl OrphanedStatus {
    /// The message; None when it does not decode.
    pub(in crate::whatsapp) fn message(&self) -> Option<wa::Message> {
        message_decode(&self.message).ok()
    }

    /// Description of the status without its stanza; the time of its arrival stands for the time of its posting.
    pub(in crate::whatsapp) fn info(&self, client: &Client) -> MessageInfo {
        let own = [client.pn(), client.lid()];
        let is_from_me = own.iter().flatten().any(|own| own.is_same_user_as(&self.sender));
        MessageInfo {
            id: self.id.clone(),
            timestamp: self.stored_at,
            is_offline: true,
            source: MessageSource {
                chat: Jid::status_broadcast(),
                sender: self.sender.clone(),
                is_from_me,
                is_group: true,
                ..MessageSource::default()
            },
            ..MessageInfo::default()
        }
    }
}

impl Store {
    /// Reads the statuses in the buffer, oldest first. While no client works, these are the ones that were never
    /// committed.
    pub(in crate::whatsapp) async fn orphaned_statuses(&self) -> Result<Vec<OrphanedStatus>> {
        let chat = Jid::status_broadcast().to_string();
        let scope = self.stored_scope(Keyspace::PendingInbound, chat.as_bytes());
        let mut tx = self.begin_read().await?;
        let rows: Vec<(Vec<u8>, Vec<u8>, Option<i64>)> = table::table
            .filter(dsl::account_id.eq(self.account.id))
            .filter(dsl::space.eq(Keyspace::PendingInbound))
            .filter(dsl::scope.eq(&scope))
            .select((dsl::key, dsl::value, dsl::stored_secs))
            .order(dsl::stored_secs)
            .load(&mut *tx)
            .await
            .map_err(store_error)?;
        tx.commit().await.map_err(store_error)?;
        let mut orphaned = Vec::with_capacity(rows.len());
        for (key, sealed, stored_secs) in rows {
            let stored = StoredKey {
                space: Keyspace::PendingInbound,
                scope: scope.clone(),
                key,
            };
            // A value that does not open is logged there, and must not keep the account from connecting.
            let Ok((key, message)) = self.unseal_at(&stored, &sealed) else {
                continue;
            };
            let row_key = RowKey::within(Keyspace::PendingInbound, &chat, key);
            let Some((sender, id)) = sender_and_id(&row_key.key) else {
                self.malformed(row_key.space.as_str());
                continue;
            };
            let stored_at = stored_secs.and_then(|secs| DateTime::from_timestamp(secs, 0));
            orphaned.push(OrphanedStatus {
                id,
                sender,
                stored_at: stored_at.unwrap_or_else(|| self.clock.now()),
                message,
                row_key,
            });
        }
        Ok(orphaned)
    }

    /// Removes a status from the buffer.
    pub(in crate::whatsapp) fn remove_orphaned(&self, status: &OrphanedStatus) {
        self.buffer.remove_copies(std::slice::from_ref(&status.row_key));
    }
}

/// Sender and id, of which [`RowKey::pending_inbound`] made the key; None when it is no such key.
fn sender_and_id(key: &[u8]) -> Option<(Jid, String)> {
    let (length, rest) = str::from_utf8(key).ok()?.split_once(':')?;
    let (sender, id) = rest.split_at_checked(length.parse().ok()?)?;
    Some((sender.parse().ok()?, id.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_split_into_its_sender_and_its_id() {
        for (sender, id) in [("1002@lid", "3EB01"), ("5511@s.whatsapp.net", "A:B")] {
            let row_key = RowKey::pending_inbound("status@broadcast", sender, id);

            let (found, found_id) = sender_and_id(&row_key.key).unwrap();

            assert_eq!((found.to_string(), found_id), (sender.to_owned(), id.to_owned()));
        }
    }

    #[test]
    fn a_malformed_key_is_refused() {
        for key in [&b"x"[..], b"99:1002@lid", b"7:@@@@@@@3EB0", &[0xff, 0xfe]] {
            assert!(sender_and_id(key).is_none(), "{key:?}");
        }
    }
}
