//! Secrets of messages, with which later edits, votes and replies to them are decrypted.

use async_trait::async_trait;
use data_encoding::HEXLOWER;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Uuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;
use whatsapp_rust::wacore::store::error::Result;
use whatsapp_rust::wacore::store::traits::{
    MsgSecretEntry, MsgSecretStore, merge_msg_secret_expiry, merge_msg_secret_message_ts,
};

use super::account_store::{Store, row_count};
use super::error::store_error;
use super::keyspace::MessageAddress;
use crate::crypto::belongs_to;
use crate::db::KeepPrepared as _;
use crate::db::schema::whatsapp_message_secrets::{self as table, dsl};

/// A message's secret, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SealedSecret {
    pub(super) sealed: Vec<u8>,
    pub(super) expires_secs: i64,
    pub(super) message_secs: i64,
}

/// Secrets by the print of their message.
pub(super) type UnstoredSecrets = BTreeMap<Vec<u8>, Arc<SealedSecret>>;

/// Name of a secret in errors.
const NAME: &str = "message_secret";

#[async_trait]
impl MsgSecretStore for Store {
    async fn put_msg_secrets(&self, entries: Vec<MsgSecretEntry>) -> Result<usize> {
        let given = entries.len();
        if given == 0 {
            return Ok(0);
        }
        let mut is_urgent = false;
        for entry in merged(entries) {
            let print = self.message_print(&entry.chat, &entry.sender, &entry.msg_id);
            if self.buffer.has_secret(&print) {
                // The two are merged in the table.
                self.store_unstored().await?;
            }
            let secret = SealedSecret {
                sealed: self.key.seal(&self.secret_context(&print), &entry.secret),
                expires_secs: entry.expires_at,
                message_secs: entry.message_ts,
            };
            let of = MessageAddress {
                chat: &entry.chat,
                sender: &entry.sender,
                id: &entry.msg_id,
            };
            is_urgent |= self.buffer.add_secret(of, print, secret);
        }
        if is_urgent {
            self.store_unstored_durably().await?;
        }
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
        let print = self.message_print(chat, sender, msg_id);
        if self.buffer.has_secret(&print) {
            self.store_unstored().await?;
        }
        let mut tx = self.begin_read().await?;
        let row: Option<(Vec<u8>, i64)> = table::table
            .find((self.account.id, &print))
            .select((dsl::secret, dsl::message_secs))
            .first(&mut *tx)
            .await
            .optional()
            .map_err(store_error)?;
        tx.commit().await.map_err(store_error)?;
        row.map(|(sealed, message_secs)| {
            let secret = self.unseal(NAME, &self.secret_context(&print), &sealed)?;
            Ok((secret, message_secs))
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
    /// Writes secrets in one statement, in order, which avoids deadlocks.
    pub(super) async fn write_secrets(
        &self,
        mut conn: &AsyncPgConnection,
        secrets: &UnstoredSecrets,
    ) -> QueryResult<()> {
        if secrets.is_empty() {
            return Ok(());
        }
        let column = |value: fn(&SealedSecret) -> i64| -> Vec<i64> {
            secrets.values().map(|secret| value(secret)).collect()
        };
        let sealed: Vec<&[u8]> = secrets.values().map(|secret| &*secret.sealed).collect();
        diesel::sql_query(WRITE_ALL)
            .bind::<Uuid, _>(self.account.user)
            .bind::<Uuid, _>(self.account.id)
            .bind::<Array<Binary>, _>(secrets.keys().collect::<Vec<_>>())
            .bind::<Array<Binary>, _>(sealed)
            .bind::<Array<BigInt>, _>(column(|secret| secret.expires_secs))
            .bind::<Array<BigInt>, _>(column(|secret| secret.message_secs))
            .keep_prepared()
            .execute(&mut conn)
            .await
            .map(drop)
    }

    fn message_print(&self, chat: &str, sender: &str, msg_id: &str) -> Vec<u8> {
        self.secret_print([chat.as_bytes(), sender.as_bytes(), msg_id.as_bytes()])
    }

    /// Print of a message's chat, sender and id.
    pub(super) fn secret_print(&self, message: [&[u8]; 3]) -> Vec<u8> {
        self.print(NAME, &message).to_vec()
    }

    /// Context that a secret is sealed for: its row.
    pub(super) fn secret_context(&self, message_print: &[u8]) -> String {
        let row = format_args!("{}:{}", self.account.id, HEXLOWER.encode(message_print));
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

/// Upsert that merges with an existing row as the library's `merge_msg_secret_*` do; a test compares the two.
const WRITE_ALL: &str = "
    INSERT INTO whatsapp_message_secrets AS kept
        (user_id, account_id, message_print, secret, expires_secs, message_secs)
    SELECT $1, $2, rows.* FROM unnest($3, $4, $5, $6) AS rows
    ON CONFLICT (account_id, message_print) DO UPDATE
    SET secret = EXCLUDED.secret,
        expires_secs = CASE WHEN kept.expires_secs = 0 OR EXCLUDED.expires_secs = 0 THEN 0
                       ELSE greatest(kept.expires_secs, EXCLUDED.expires_secs) END,
        message_secs = greatest(kept.message_secs, EXCLUDED.message_secs)";
