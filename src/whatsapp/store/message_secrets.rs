//! Secrets of messages, with which later edits, votes and replies to them are decrypted.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use async_trait::async_trait;
use data_encoding::HEXLOWER;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Uuid};
use diesel_async::RunQueryDsl;
use whatsapp_rust::wacore::store::error::Result;
use whatsapp_rust::wacore::store::traits::{
    MsgSecretEntry, MsgSecretStore, merge_msg_secret_expiry, merge_msg_secret_message_ts,
};

use super::account_store::{Store, row_count};
use super::error::store_error;
use crate::crypto::belongs_to;
use crate::db::schema::whatsapp_message_secrets::{self as table, dsl};

/// Name of a secret in errors.
const NAME: &str = "message_secret";

#[async_trait]
impl MsgSecretStore for Store {
    async fn put_msg_secrets(&self, entries: Vec<MsgSecretEntry>) -> Result<usize> {
        let given = entries.len();
        if given == 0 {
            return Ok(0);
        }
        let columns = self.columns(merged(entries));
        let mut tx = self.begin_async_commit().await?;
        diesel::sql_query(WRITE_ALL)
            .bind::<Uuid, _>(self.account.user)
            .bind::<Uuid, _>(self.account.id)
            .bind::<Array<Binary>, _>(columns.chats)
            .bind::<Array<Binary>, _>(columns.senders)
            .bind::<Array<Binary>, _>(columns.wa_ids)
            .bind::<Array<Binary>, _>(columns.sealed)
            .bind::<Array<BigInt>, _>(columns.expires_secs)
            .bind::<Array<BigInt>, _>(columns.message_secs)
            .execute(&mut *tx)
            .await
            .map_err(store_error)?;
        tx.commit().await.map_err(store_error)?;
        Ok(given)
    }

    async fn get_msg_secret(&self, chat: &str, sender: &str, msg_id: &str) -> Result<Option<Vec<u8>>> {
        let found = self.get_msg_secret_with_ts(chat, sender, msg_id).await?;
        Ok(found.map(|(secret, _)| secret))
    }

    async fn get_msg_secret_with_ts(
        &self,
        chat: &str,
        sender: &str,
        msg_id: &str,
    ) -> Result<Option<(Vec<u8>, i64)>> {
        let mut tx = self.begin().await?;
        let row: Option<(Vec<u8>, i64)> = table::table
            .find((
                self.account.id,
                chat.as_bytes(),
                sender.as_bytes(),
                msg_id.as_bytes(),
            ))
            .select((dsl::secret, dsl::message_secs))
            .first(&mut *tx)
            .await
            .optional()
            .map_err(store_error)?;
        tx.commit().await.map_err(store_error)?;
        row.map(|(sealed, message_secs)| {
            let context = self.secret_context(chat, sender, msg_id);
            Ok((self.unseal(NAME, &context, &sealed)?, message_secs))
        })
        .transpose()
    }

    async fn delete_expired_msg_secrets(&self, cutoff_timestamp: i64) -> Result<u32> {
        let mut tx = self.begin_async_commit().await?;
        let rows = diesel::delete(
            table::table
                .filter(dsl::account_id.eq(self.account.id))
                .filter(dsl::expires_secs.ne(0))
                .filter(dsl::expires_secs.le(cutoff_timestamp)),
        )
        .execute(&mut *tx)
        .await
        .map_err(store_error)?;
        tx.commit().await.map_err(store_error)?;
        Ok(row_count(rows))
    }
}

impl Store {
    fn columns(&self, entries: impl IntoIterator<Item = MsgSecretEntry>) -> Columns {
        let mut columns = Columns::default();
        for entry in entries {
            let context = self.secret_context(&entry.chat, &entry.sender, &entry.msg_id);
            columns.sealed.push(self.key.seal(&context, &entry.secret));
            columns.chats.push(entry.chat.as_bytes().to_vec());
            columns.senders.push(entry.sender.as_bytes().to_vec());
            columns.wa_ids.push(entry.msg_id.as_bytes().to_vec());
            columns.expires_secs.push(entry.expires_at);
            columns.message_secs.push(entry.message_ts);
        }
        columns
    }

    /// Context that a secret is sealed for: its row.
    fn secret_context(&self, chat: &str, sender: &str, msg_id: &str) -> String {
        let row = format_args!(
            "{}:{}:{}:{}",
            self.account.id,
            HEXLOWER.encode(chat.as_bytes()),
            HEXLOWER.encode(sender.as_bytes()),
            HEXLOWER.encode(msg_id.as_bytes()),
        );
        belongs_to("whatsapp_message_secrets", "secret", row)
    }
}

/// Merges the entries to one per message, in order: a statement cannot update one row twice, and the order avoids
/// deadlocks.
fn merged(entries: Vec<MsgSecretEntry>) -> impl Iterator<Item = MsgSecretEntry> {
    let mut rows: BTreeMap<_, MsgSecretEntry> = BTreeMap::new();
    for entry in entries {
        let key = (entry.chat.clone(), entry.sender.clone(), entry.msg_id.clone());
        match rows.entry(key) {
            Entry::Vacant(free) => {
                free.insert(entry);
            }
            Entry::Occupied(mut taken) => {
                let kept = taken.get_mut();
                kept.secret = entry.secret;
                kept.expires_at = merge_msg_secret_expiry(kept.expires_at, entry.expires_at);
                kept.message_ts = merge_msg_secret_message_ts(kept.message_ts, entry.message_ts);
            }
        }
    }
    rows.into_values()
}

#[derive(Default)]
struct Columns {
    chats: Vec<Vec<u8>>,
    senders: Vec<Vec<u8>>,
    wa_ids: Vec<Vec<u8>>,
    sealed: Vec<Vec<u8>>,
    expires_secs: Vec<i64>,
    message_secs: Vec<i64>,
}

/// Upsert that merges with an existing row as the library's `merge_msg_secret_*` do; a test compares the two.
const WRITE_ALL: &str = "
    INSERT INTO whatsapp_message_secrets AS kept
        (user_id, account_id, chat, sender, wa_id, secret, expires_secs, message_secs)
    SELECT $1, $2, rows.* FROM unnest($3, $4, $5, $6, $7, $8) AS rows
    ON CONFLICT (account_id, chat, sender, wa_id) DO UPDATE
    SET secret = EXCLUDED.secret,
        expires_secs = CASE WHEN kept.expires_secs = 0 OR EXCLUDED.expires_secs = 0 THEN 0
                       ELSE greatest(kept.expires_secs, EXCLUDED.expires_secs) END,
        message_secs = greatest(kept.message_secs, EXCLUDED.message_secs)";
