//! One sealed value: read, written, taken or removed in a transaction of its own.

use data_encoding::HEXLOWER;
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::upsert::excluded;
use diesel_async::RunQueryDsl;
use whatsapp_rust::wacore::store::error::Result;

use super::account_store::Store;
use super::error::store_error;
use super::keyspace::{RowKey, RowValue};
use crate::crypto::belongs_to;
use crate::db::schema::whatsapp_store::{self as table, dsl};
use crate::id::{AccountId, UserId};

#[derive(Insertable)]
#[diesel(table_name = table)]
struct Row<'a> {
    user_id: UserId,
    account_id: AccountId,
    space: &'static str,
    scope: &'a [u8],
    key: &'a [u8],
    value: Vec<u8>,
    stored_secs: Option<i64>,
    is_uploaded: Option<bool>,
}

/// Filter for one row.
macro_rules! at {
    ($store:expr, $row_key:expr) => {
        dsl::account_id
            .eq($store.account.id)
            .and(dsl::space.eq($row_key.space.name()))
            .and(dsl::scope.eq(&$row_key.scope))
            .and(dsl::key.eq(&$row_key.key))
    };
}

impl Store {
    pub(super) async fn read(&self, row_key: &RowKey) -> Result<Option<Vec<u8>>> {
        let mut tx = self.begin().await?;
        let sealed: Option<Vec<u8>> = table::table
            .filter(at!(self, row_key))
            .select(dsl::value)
            .first(&mut *tx)
            .await
            .optional()
            .map_err(store_error)?;
        tx.commit().await.map_err(store_error)?;
        sealed.map(|sealed| self.unseal_at(row_key, &sealed)).transpose()
    }

    pub(super) async fn holds(&self, row_key: &RowKey) -> Result<bool> {
        let mut tx = self.begin().await?;
        let found = diesel::select(exists(table::table.filter(at!(self, row_key))))
            .get_result(&mut *tx)
            .await
            .map_err(store_error)?;
        tx.commit().await.map_err(store_error)?;
        Ok(found)
    }

    pub(super) async fn write(&self, row_key: &RowKey, value: &RowValue) -> Result<()> {
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
            .execute(&mut *tx)
            .await
            .map_err(store_error)?;
        tx.commit().await.map_err(store_error)
    }

    /// Writes a value where there is none; one that is there stays.
    pub(super) async fn write_new(&self, row_key: &RowKey, value: &RowValue) -> Result<()> {
        let mut tx = self.begin_write(row_key.space).await?;
        diesel::insert_into(table::table)
            .values(self.row(row_key, value))
            .on_conflict_do_nothing()
            .execute(&mut *tx)
            .await
            .map_err(store_error)?;
        tx.commit().await.map_err(store_error)
    }

    /// Deletes a value and returns it: of two callers, one gets it.
    pub(super) async fn take(&self, row_key: &RowKey) -> Result<Option<Vec<u8>>> {
        let mut tx = self.begin_write(row_key.space).await?;
        let sealed: Option<Vec<u8>> = diesel::delete(table::table.filter(at!(self, row_key)))
            .returning(dsl::value)
            .get_result(&mut *tx)
            .await
            .optional()
            .map_err(store_error)?;
        // Opened before the commit, so that a value that does not open is not lost.
        let plain = sealed
            .map(|sealed| self.unseal_at(row_key, &sealed))
            .transpose()?;
        tx.commit().await.map_err(store_error)?;
        Ok(plain)
    }

    pub(super) async fn remove(&self, row_key: &RowKey) -> Result<()> {
        let mut tx = self.begin_write(row_key.space).await?;
        diesel::delete(table::table.filter(at!(self, row_key)))
            .execute(&mut *tx)
            .await
            .map_err(store_error)?;
        tx.commit().await.map_err(store_error)
    }

    fn row<'a>(&self, row_key: &'a RowKey, value: &RowValue) -> Row<'a> {
        Row {
            user_id: self.account.user,
            account_id: self.account.id,
            space: row_key.space.name(),
            scope: &row_key.scope,
            key: &row_key.key,
            value: self.seal_at(row_key, &value.plain),
            stored_secs: value.stored_secs,
            is_uploaded: value.is_uploaded,
        }
    }

    pub(super) fn seal_at(&self, row_key: &RowKey, plain: &[u8]) -> Vec<u8> {
        self.key.seal(&self.value_context(row_key), plain)
    }

    pub(super) fn unseal_at(&self, row_key: &RowKey, sealed: &[u8]) -> Result<Vec<u8>> {
        self.unseal(row_key.space.name(), &self.value_context(row_key), sealed)
    }

    /// Context that a value is sealed for: its row.
    fn value_context(&self, row_key: &RowKey) -> String {
        let row = format_args!(
            "{}:{}:{}:{}",
            self.account.id,
            row_key.space.name(),
            HEXLOWER.encode(&row_key.scope),
            HEXLOWER.encode(&row_key.key),
        );
        belongs_to("whatsapp_store", "value", row)
    }
}
