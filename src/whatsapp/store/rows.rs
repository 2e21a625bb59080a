//! One sealed value: read, written, taken or removed in a transaction of its own.

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::upsert::excluded;
use diesel_async::RunQueryDsl;
use whatsapp_rust::wacore::store::error::Result;

use super::account_store::Store;
use super::error::store_error;
use super::keyspace::{Keyspace, RowKey, RowValue};
use crate::db::KeepPrepared as _;
use crate::db::schema::whatsapp_store::{self as table, dsl};
use crate::id::{AccountId, UserId};

#[derive(Insertable)]
#[diesel(table_name = table)]
struct Row {
    user_id: UserId,
    account_id: AccountId,
    space: Keyspace,
    scope: Vec<u8>,
    key: Vec<u8>,
    value: Vec<u8>,
    stored_secs: Option<i64>,
    is_uploaded: Option<bool>,
}

/// Filter for one row.
macro_rules! at {
    ($store:expr, $stored:expr) => {
        dsl::account_id
            .eq($store.account.id)
            .and(dsl::space.eq($stored.space))
            .and(dsl::scope.eq(&$stored.scope))
            .and(dsl::key.eq(&$stored.key))
    };
}

impl Store {
    pub(super) async fn read(&self, row_key: &RowKey) -> Result<Option<Vec<u8>>> {
        if let Some(in_memory) = self.buffer.row(row_key) {
            return Ok(in_memory.map(|value| value.plain.clone()));
        }
        let stored = self.stored_key(row_key);
        let mut tx = self.begin_read().await?;
        let sealed: Option<Vec<u8>> = table::table
            .filter(at!(self, stored))
            .select(dsl::value)
            .first(&mut *tx)
            .await
            .optional()
            .map_err(store_error)?;
        tx.commit().await.map_err(store_error)?;
        let opened = sealed
            .map(|sealed| self.unseal_at(&stored, &sealed))
            .transpose()?;
        Ok(opened.map(|(_, plain)| plain))
    }

    pub(super) async fn holds(&self, row_key: &RowKey) -> Result<bool> {
        if let Some(in_memory) = self.buffer.row(row_key) {
            return Ok(in_memory.is_some());
        }
        let stored = self.stored_key(row_key);
        let mut tx = self.begin_read().await?;
        let found = diesel::select(exists(table::table.filter(at!(self, stored))))
            .get_result(&mut *tx)
            .await
            .map_err(store_error)?;
        tx.commit().await.map_err(store_error)?;
        Ok(found)
    }

    /// Writes a value, in a transaction of its own.
    pub(super) async fn write(&self, row_key: &RowKey, value: &RowValue) -> Result<()> {
        self.buffer.keep_rows([row_key]);
        let row = self.row(row_key, value);
        let mut tx = self.begin_write(row_key.space).await?;
        diesel::insert_into(table::table)
            .values(&row)
            .on_conflict((dsl::account_id, dsl::space, dsl::scope, dsl::key))
            .do_update()
            .set((
                dsl::value.eq(excluded(dsl::value)),
                dsl::stored_secs.eq(excluded(dsl::stored_secs)),
                dsl::is_uploaded.eq(excluded(dsl::is_uploaded)),
            ))
            .keep_prepared()
            .execute(&mut *tx)
            .await
            .map_err(store_error)?;
        tx.commit().await
    }

    /// Writes a value where there is none; one that is there stays.
    pub(super) async fn write_new(&self, row_key: &RowKey, value: &RowValue) -> Result<()> {
        self.buffer.keep_rows([row_key]);
        let mut tx = self.begin_write(row_key.space).await?;
        diesel::insert_into(table::table)
            .values(self.row(row_key, value))
            .on_conflict_do_nothing()
            .execute(&mut *tx)
            .await
            .map_err(store_error)?;
        tx.commit().await
    }

    /// Deletes a value and returns it: of two callers, one gets it.
    pub(super) async fn take(&self, row_key: &RowKey) -> Result<Option<Vec<u8>>> {
        let stored = self.stored_key(row_key);
        let mut tx = self.begin_write(row_key.space).await?;
        let sealed: Option<Vec<u8>> = diesel::delete(table::table.filter(at!(self, stored)))
            .returning(dsl::value)
            .get_result(&mut *tx)
            .await
            .optional()
            .map_err(store_error)?;
        // Opened before the commit, so that a value that does not open is not lost.
        let opened = sealed
            .map(|sealed| self.unseal_at(&stored, &sealed))
            .transpose()?;
        tx.commit().await?;
        Ok(opened.map(|(_, plain)| plain))
    }

    pub(super) async fn remove(&self, row_key: RowKey) -> Result<()> {
        let is_urgent = row_key.space.is_urgent();
        self.buffer.remove(row_key);
        self.store_all(is_urgent).await
    }

    fn row(&self, row_key: &RowKey, value: &RowValue) -> Row {
        let stored = self.stored_key(row_key);
        Row {
            user_id: self.account.user,
            account_id: self.account.id,
            space: stored.space,
            value: self.seal_at(&stored, &row_key.key, &value.plain),
            scope: stored.scope,
            key: stored.key,
            stored_secs: value.stored_secs,
            is_uploaded: value.is_uploaded,
        }
    }
}
