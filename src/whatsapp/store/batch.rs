//! Many sealed values at once: each call is one statement in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Bool, Nullable, Text, Uuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use whatsapp_rust::wacore::store::error::Result;

use super::account_store::{Store, row_count};
use super::error::store_error;
use super::keyspace::{Keyspace, RowKey, RowValue};
use super::sealing::StoredKey;
use crate::db::KeepPrepared as _;
use crate::db::schema::whatsapp_store::{self as table, dsl};

/// Filter for the rows of one keyspace.
macro_rules! of {
    ($store:expr, $space:expr) => {
        dsl::account_id.eq($store.account.id).and(dsl::space.eq($space))
    };
}

impl Store {
    /// Reads the values at `keys` of one scope, with their keys, in no order. Keys without a value are left out.
    pub(super) async fn read_many(
        &self,
        space: Keyspace,
        scope: &str,
        keys: Vec<Vec<u8>>,
    ) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let scope = self.stored_scope(space, scope.as_bytes());
        let mut tx = self.begin_read().await?;
        let rows: Vec<(Vec<u8>, Vec<u8>)> = table::table
            .filter(of!(self, space))
            .filter(dsl::scope.eq(&scope))
            .filter(dsl::key.eq_any(self.stored_parts(space, &keys)))
            .select((dsl::key, dsl::value))
            .load(&mut *tx)
            .await
            .map_err(store_error)?;
        tx.commit().await.map_err(store_error)?;
        self.open_all(space, &scope, rows)
    }

    /// Reads every value of one scope with its key, ordered by key.
    pub(super) async fn read_all(&self, space: Keyspace, scope: &str) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        let scope = self.stored_scope(space, scope.as_bytes());
        let mut tx = self.begin_read().await?;
        let rows: Vec<(Vec<u8>, Vec<u8>)> = table::table
            .filter(of!(self, space))
            .filter(dsl::scope.eq(&scope))
            .select((dsl::key, dsl::value))
            .load(&mut *tx)
            .await
            .map_err(store_error)?;
        tx.commit().await.map_err(store_error)?;
        let mut rows = self.open_all(space, &scope, rows)?;
        rows.sort();
        Ok(rows)
    }

    /// Returns true when anything is stored in `scope`.
    pub(super) async fn holds_scope(&self, space: Keyspace, scope: &str) -> Result<bool> {
        if self.buffer.holds_scope(space, scope.as_bytes()) {
            return Ok(true);
        }
        let scope = self.stored_scope(space, scope.as_bytes());
        let mut tx = self.begin_read().await?;
        let found = diesel::select(exists(
            table::table.filter(of!(self, space)).filter(dsl::scope.eq(scope)),
        ))
        .get_result(&mut *tx)
        .await
        .map_err(store_error)?;
        tx.commit().await.map_err(store_error)?;
        Ok(found)
    }

    /// Highest number in a keyspace of [`RowKey::numbered`] rows; None when it is empty.
    pub(super) async fn highest(&self, space: Keyspace) -> Result<Option<u32>> {
        let mut tx = self.begin_read().await?;
        let key: Option<Vec<u8>> = table::table
            .filter(of!(self, space))
            .select(dsl::key)
            .order((dsl::scope.desc(), dsl::key.desc()))
            .first(&mut *tx)
            .await
            .optional()
            .map_err(store_error)?;
        tx.commit().await.map_err(store_error)?;
        key.map(|key| self.number(space, &key)).transpose()
    }

    /// Number of a [`RowKey::numbered`] row.
    pub(super) fn number(&self, space: Keyspace, key: &[u8]) -> Result<u32> {
        let bytes = key.try_into().map_err(|_| self.malformed(space.as_str()))?;
        Ok(u32::from_be_bytes(bytes))
    }

    /// Writes many values, of one urgency, in one statement. Of two for one row the later counts, as if they were written
    /// one by one.
    pub(super) async fn write_all(&self, rows: impl IntoIterator<Item = (RowKey, RowValue)>) -> Result<()> {
        // In order, which avoids deadlocks, and each key once, because a statement cannot update a row twice.
        let rows: BTreeMap<RowKey, RowValue> = rows.into_iter().collect();
        let Some((first, value)) = rows.first_key_value() else {
            return Ok(());
        };
        if rows.len() == 1 {
            // Most writes are of one row, and that statement is the quicker one.
            return self.write(first, value).await;
        }
        self.buffer.keep_rows(rows.keys());
        let columns = self.columns(&rows);
        let tx = self.begin_write(first.space).await?;
        self.write_columns(&tx, columns).await.map_err(store_error)?;
        tx.commit().await
    }

    /// The columns of rows, sealed.
    pub(super) fn columns<'a>(&self, rows: impl IntoIterator<Item = (&'a RowKey, &'a RowValue)>) -> Columns {
        let mut columns = Columns::default();
        for (row_key, value) in rows {
            let stored = self.stored_key(row_key);
            let sealed = self.seal_at(&stored, &row_key.key, &value.plain);
            columns.add(stored, sealed, (value.stored_secs, value.is_uploaded));
        }
        columns
    }

    pub(super) async fn write_columns(
        &self,
        mut conn: &AsyncPgConnection,
        columns: Columns,
    ) -> QueryResult<()> {
        diesel::sql_query(WRITE_ALL)
            .bind::<Uuid, _>(self.account.user)
            .bind::<Uuid, _>(self.account.id)
            .bind::<Array<Text>, _>(columns.spaces)
            .bind::<Array<Binary>, _>(columns.scopes)
            .bind::<Array<Binary>, _>(columns.keys)
            .bind::<Array<Binary>, _>(columns.sealed)
            .bind::<Array<Nullable<BigInt>>, _>(columns.stored_secs)
            .bind::<Array<Nullable<Bool>>, _>(columns.uploaded)
            .keep_prepared()
            .execute(&mut conn)
            .await
            .map(drop)
    }

    /// Records that WhatsApp has these prekeys. Prekeys that were removed are not restored.
    pub(super) async fn mark_uploaded(&self, ids: &[u32]) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let keys: Vec<Vec<u8>> = ids.iter().map(|id| id.to_be_bytes().to_vec()).collect();
        let mut tx = self.begin_write(Keyspace::Prekey).await?;
        diesel::update(table::table.filter(of!(self, Keyspace::Prekey).and(dsl::key.eq_any(keys))))
            .set(dsl::is_uploaded.eq(true))
            .keep_prepared()
            .execute(&mut *tx)
            .await
            .map_err(store_error)?;
        tx.commit().await
    }

    /// Deletes `keys`, from one scope or, with None, from all.
    pub(super) async fn remove_many(
        &self,
        space: Keyspace,
        scope: Option<&str>,
        keys: Vec<Vec<u8>>,
    ) -> Result<()> {
        if keys.is_empty() {
            return Ok(());
        }
        let keys = self.stored_parts(space, &keys);
        let mut tx = self.begin_write(space).await?;
        let rows = table::table.filter(of!(self, space).and(dsl::key.eq_any(keys)));
        match scope {
            Some(scope) => {
                diesel::delete(rows.filter(dsl::scope.eq(self.stored_scope(space, scope.as_bytes()))))
                    .execute(&mut *tx)
                    .await
            }
            None => diesel::delete(rows).execute(&mut *tx).await,
        }
        .map_err(store_error)?;
        tx.commit().await
    }

    /// Deletes the values at `row_keys`, in one statement.
    pub(super) async fn delete_rows(
        &self,
        mut conn: &AsyncPgConnection,
        row_keys: &BTreeSet<RowKey>,
    ) -> QueryResult<()> {
        if row_keys.is_empty() {
            return Ok(());
        }
        let (mut spaces, mut scopes, mut keys) = (Vec::new(), Vec::new(), Vec::new());
        for row_key in row_keys {
            let stored = self.stored_key(row_key);
            spaces.push(stored.space);
            scopes.push(stored.scope);
            keys.push(stored.key);
        }
        diesel::sql_query(REMOVE_ALL)
            .bind::<Uuid, _>(self.account.id)
            .bind::<Array<Text>, _>(spaces)
            .bind::<Array<Binary>, _>(scopes)
            .bind::<Array<Binary>, _>(keys)
            .keep_prepared()
            .execute(&mut conn)
            .await
            .map(drop)
    }

    /// Empties a keyspace, or one scope of it.
    pub(super) async fn clear(&self, space: Keyspace, scope: Option<&str>) -> Result<()> {
        let mut tx = self.begin_write(space).await?;
        let rows = table::table.filter(of!(self, space));
        match scope {
            Some(scope) => {
                diesel::delete(rows.filter(dsl::scope.eq(self.stored_scope(space, scope.as_bytes()))))
                    .execute(&mut *tx)
                    .await
            }
            None => diesel::delete(rows).execute(&mut *tx).await,
        }
        .map_err(store_error)?;
        tx.commit().await
    }

    /// Deletes values that were stored before `cutoff_secs`, and returns their number.
    pub(super) async fn remove_older(&self, space: Keyspace, cutoff_secs: i64) -> Result<u32> {
        let mut tx = self.begin_write(space).await?;
        let rows =
            diesel::delete(table::table.filter(of!(self, space).and(dsl::stored_secs.lt(cutoff_secs))))
                .execute(&mut *tx)
                .await
                .map_err(store_error)?;
        tx.commit().await?;
        Ok(row_count(rows))
    }

    /// Opens the values of rows of one stored scope: their keys, and the values.
    fn open_all(
        &self,
        space: Keyspace,
        scope: &[u8],
        rows: Vec<(Vec<u8>, Vec<u8>)>,
    ) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        rows.into_iter()
            .map(|(key, sealed)| {
                let scope = scope.to_vec();
                self.unseal_at(&StoredKey { space, scope, key }, &sealed)
            })
            .collect()
    }

    fn stored_parts(&self, space: Keyspace, keys: &[Vec<u8>]) -> Vec<Vec<u8>> {
        keys.iter().map(|key| self.stored_part(space, key)).collect()
    }
}

const WRITE_ALL: &str = "
    INSERT INTO whatsapp_store (user_id, account_id, space, scope, key, value, stored_secs, is_uploaded)
    SELECT $1, $2, rows.* FROM unnest($3, $4, $5, $6, $7, $8) AS rows
    ON CONFLICT (account_id, space, scope, key) DO UPDATE
    SET value = EXCLUDED.value, stored_secs = EXCLUDED.stored_secs, is_uploaded = EXCLUDED.is_uploaded";

const REMOVE_ALL: &str = "
    DELETE FROM whatsapp_store WHERE account_id = $1
    AND (space, scope, key) IN (SELECT * FROM unnest($2, $3, $4))";

/// Rows to be written, column by column.
#[derive(Default)]
pub(super) struct Columns {
    spaces: Vec<Keyspace>,
    scopes: Vec<Vec<u8>>,
    keys: Vec<Vec<u8>>,
    sealed: Vec<Vec<u8>>,
    stored_secs: Vec<Option<i64>>,
    uploaded: Vec<Option<bool>>,
}

impl Columns {
    /// Adds a row: its key, its sealed value, and its two columns that only some keyspaces have.
    pub(super) fn add(
        &mut self,
        stored: StoredKey,
        sealed: Vec<u8>,
        (stored_secs, is_uploaded): (Option<i64>, Option<bool>),
    ) {
        self.sealed.push(sealed);
        self.spaces.push(stored.space);
        self.scopes.push(stored.scope);
        self.keys.push(stored.key);
        self.stored_secs.push(stored_secs);
        self.uploaded.push(is_uploaded);
    }
}
