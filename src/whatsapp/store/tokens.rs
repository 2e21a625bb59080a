//! Trusted-contact tokens. A row has two halves with a writer each, and each write is one statement on its own half.

use data_encoding::HEXLOWER;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable, Uuid};
use diesel_async::RunQueryDsl;
use whatsapp_rust::wacore::store::error::Result;
use whatsapp_rust::wacore::store::traits::TcTokenEntry;

use super::account_store::{Store, row_count};
use super::error::store_error;
use crate::crypto::belongs_to;
use crate::db::KeepPrepared as _;
use crate::db::schema::whatsapp_tc_tokens::{self as table, dsl};

/// Name of a token in errors.
const NAME: &str = "tc_token";
/// Columns that are sealed.
const JID: &str = "sealed_jid";
const TOKEN: &str = "token";

impl Store {
    pub(super) async fn tc_token(&self, jid: &str) -> Result<Option<TcTokenEntry>> {
        let mut tx = self.begin_read().await?;
        let row: Option<(Option<Vec<u8>>, i64, Option<i64>)> = table::table
            .find((self.account.id, self.jid_print(jid)))
            .select((dsl::token, dsl::token_secs, dsl::sender_secs))
            .first(&mut *tx)
            .await
            .optional()
            .map_err(store_error)?;
        tx.commit().await.map_err(store_error)?;
        let Some((sealed, token_timestamp, sender_timestamp)) = row else {
            return Ok(None);
        };
        let token = sealed
            .map(|sealed| self.unseal(NAME, &self.token_context(TOKEN, &self.jid_print(jid)), &sealed))
            .transpose()?
            .unwrap_or_default();
        Ok(Some(TcTokenEntry {
            token,
            token_timestamp,
            sender_timestamp,
        }))
    }

    pub(super) async fn replace_tc_token(&self, jid: &str, entry: &TcTokenEntry) -> Result<()> {
        let halves = (
            dsl::token.eq(self.seal_token(jid, &entry.token)),
            dsl::token_secs.eq(entry.token_timestamp),
            dsl::sender_secs.eq(entry.sender_timestamp),
        );
        let mut tx = self.begin_durable().await?;
        diesel::insert_into(table::table)
            .values((
                dsl::user_id.eq(self.account.user),
                dsl::account_id.eq(self.account.id),
                dsl::jid_print.eq(self.jid_print(jid)),
                dsl::sealed_jid.eq(self.seal_jid(jid)),
                halves.clone(),
            ))
            .on_conflict((dsl::account_id, dsl::jid_print))
            .do_update()
            .set(halves)
            .keep_prepared()
            .execute(&mut *tx)
            .await
            .map_err(store_error)?;
        tx.commit().await.map_err(store_error)
    }

    pub(super) async fn remove_tc_token(&self, jid: &str) -> Result<()> {
        let mut tx = self.begin_durable().await?;
        diesel::delete(table::table.find((self.account.id, self.jid_print(jid))))
            .execute(&mut *tx)
            .await
            .map_err(store_error)?;
        tx.commit().await.map_err(store_error)
    }

    pub(super) async fn tc_token_jids(&self) -> Result<Vec<String>> {
        let mut tx = self.begin_read().await?;
        let jids: Vec<(Vec<u8>, Vec<u8>)> = table::table
            .filter(dsl::account_id.eq(self.account.id))
            .select((dsl::jid_print, dsl::sealed_jid))
            .load(&mut *tx)
            .await
            .map_err(store_error)?;
        tx.commit().await.map_err(store_error)?;
        jids.into_iter()
            .map(|(print, sealed)| {
                let jid = self.unseal(NAME, &self.token_context(JID, &print), &sealed)?;
                String::from_utf8(jid).map_err(|_| self.malformed(NAME))
            })
            .collect()
    }

    pub(super) async fn remove_dead_tc_tokens(&self, token_cutoff: i64, sender_cutoff: i64) -> Result<u32> {
        let mut tx = self.begin_durable().await?;
        let rows = diesel::delete(
            table::table
                .filter(dsl::account_id.eq(self.account.id))
                .filter(dsl::token.is_null().or(dsl::token_secs.lt(token_cutoff)))
                .filter(
                    dsl::sender_secs
                        .is_null()
                        .or(dsl::sender_secs.assume_not_null().lt(sender_cutoff)),
                ),
        )
        .execute(&mut *tx)
        .await
        .map_err(store_error)?;
        tx.commit().await.map_err(store_error)?;
        Ok(row_count(rows))
    }

    /// Writes our half: the time at which we gave the contact our token. It only moves forward.
    pub(super) async fn advance_tc_token_sender(&self, jid: &str, sender_secs: i64) -> Result<()> {
        let mut tx = self.begin_durable().await?;
        diesel::sql_query(ADVANCE)
            .bind::<Uuid, _>(self.account.user)
            .bind::<Uuid, _>(self.account.id)
            .bind::<Binary, _>(self.jid_print(jid))
            .bind::<Binary, _>(self.seal_jid(jid))
            .bind::<BigInt, _>(sender_secs)
            .keep_prepared()
            .execute(&mut *tx)
            .await
            .map_err(store_error)?;
        tx.commit().await.map_err(store_error)
    }

    /// Writes the contact's half: the token that they gave us. A newer one that is there stays.
    pub(super) async fn receive_tc_token(&self, jid: &str, token: &[u8], token_secs: i64) -> Result<()> {
        let mut tx = self.begin_durable().await?;
        diesel::sql_query(RECEIVE)
            .bind::<Uuid, _>(self.account.user)
            .bind::<Uuid, _>(self.account.id)
            .bind::<Binary, _>(self.jid_print(jid))
            .bind::<Binary, _>(self.seal_jid(jid))
            .bind::<Nullable<Binary>, _>(self.seal_token(jid, token))
            .bind::<BigInt, _>(token_secs)
            .keep_prepared()
            .execute(&mut *tx)
            .await
            .map_err(store_error)?;
        tx.commit().await.map_err(store_error)
    }

    pub(super) fn jid_print(&self, jid: &str) -> Vec<u8> {
        self.print(NAME, &[jid.as_bytes()]).to_vec()
    }

    pub(super) fn seal_jid(&self, jid: &str) -> Vec<u8> {
        self.key
            .seal(&self.token_context(JID, &self.jid_print(jid)), jid.as_bytes())
    }

    pub(super) fn seal_token(&self, jid: &str, token: &[u8]) -> Option<Vec<u8>> {
        let context = self.token_context(TOKEN, &self.jid_print(jid));
        (!token.is_empty()).then(|| self.key.seal(&context, token))
    }

    /// Context that a column is sealed for: its row.
    fn token_context(&self, column: &str, jid_print: &[u8]) -> String {
        let row = format_args!("{}:{}", self.account.id, HEXLOWER.encode(jid_print));
        belongs_to("whatsapp_tc_tokens", column, row)
    }
}

const ADVANCE: &str = "
    INSERT INTO whatsapp_tc_tokens AS kept (user_id, account_id, jid_print, sealed_jid, token_secs, sender_secs)
    VALUES ($1, $2, $3, $4, $5, $5)
    ON CONFLICT (account_id, jid_print) DO UPDATE
    SET sender_secs = greatest(kept.sender_secs, EXCLUDED.sender_secs)";

const RECEIVE: &str = "
    INSERT INTO whatsapp_tc_tokens AS kept (user_id, account_id, jid_print, sealed_jid, token, token_secs)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (account_id, jid_print) DO UPDATE
    SET token = EXCLUDED.token, token_secs = EXCLUDED.token_secs
    WHERE kept.token IS NULL OR EXCLUDED.token_secs >= kept.token_secs";
