//! Many sealed values at once: each call one statement in one transaction.

use std::collections::BTreeMap;

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Bool, Nullable, Text, Uuid};
use diesel_async::RunQueryDsl;
use whatsapp_rust::wacore::store::error::Result;

use super::space::{Place, Space, Value};
use super::{Store, count, failed};
use crate::db::schema::whatsapp_store::{self as table, dsl};

/// The rows of one space, as a filter.
macro_rules! of {
    ($store:expr, $space:expr) => {
        dsl::account_id
            .eq($store.account.id)
            .and(dsl::space.eq($space.name()))
    };
}

impl Store {
    /// The values at `keys` of one scope, with their keys; those that there are, in no order.
    pub(super) async fn read_many(
        &self,
        space: Space,
        scope: &str,
        keys: Vec<Vec<u8>>,
    ) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let mut tx = self.begin().await?;
        let rows: Vec<(Vec<u8>, Vec<u8>)> = table::table
            .filter(of!(self, space))
            .filter(dsl::scope.eq(scope.as_bytes()))
            .filter(dsl::key.eq_any(keys))
            .select((dsl::key, dsl::value))
            .load(&mut *tx)
            .await
            .map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        self.open_all(space, scope, rows)
    }

    /// Every value of one scope with its key, by key.
    pub(super) async fn read_all(&self, space: Space, scope: &str) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        let mut tx = self.begin().await?;
        let rows: Vec<(Vec<u8>, Vec<u8>)> = table::table
            .filter(of!(self, space))
            .filter(dsl::scope.eq(scope.as_bytes()))
            .select((dsl::key, dsl::value))
            .order(dsl::key)
            .load(&mut *tx)
            .await
            .map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        self.open_all(space, scope, rows)
    }

    /// Whether any of `spaces` holds a key that begins with one of `prefixes`.
    pub(super) async fn holds_prefix(&self, spaces: &[Space], prefixes: [&[u8]; 2]) -> Result<bool> {
        let names: Vec<&str> = spaces.iter().map(|space| space.name()).collect();
        let [first, second] = prefixes;
        let mut tx = self.begin().await?;
        let found = diesel::select(exists(
            table::table
                .filter(dsl::account_id.eq(self.account.id))
                .filter(dsl::space.eq_any(names))
                .filter(dsl::scope.eq(&[][..]))
                .filter(
                    dsl::key
                        .ge(first)
                        .and(dsl::key.lt(after(first)))
                        .or(dsl::key.ge(second).and(dsl::key.lt(after(second)))),
                ),
        ))
        .get_result(&mut *tx)
        .await
        .map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(found)
    }

    /// The highest number of a space of [`Place::numbered`] rows.
    pub(super) async fn highest(&self, space: Space) -> Result<Option<u32>> {
        let mut tx = self.begin().await?;
        let key: Option<Vec<u8>> = table::table
            .filter(of!(self, space))
            .select(dsl::key)
            .order((dsl::scope.desc(), dsl::key.desc()))
            .first(&mut *tx)
            .await
            .optional()
            .map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        key.map(|key| self.number(space, &key)).transpose()
    }

    /// The number of a [`Place::numbered`] row.
    pub(super) fn number(&self, space: Space, key: &[u8]) -> Result<u32> {
        let bytes = key.try_into().map_err(|_| self.malformed(space.name()))?;
        Ok(u32::from_be_bytes(bytes))
    }

    /// Writes many values, of one urgency, in one statement. Of two for one place the later counts, as if written one by
    /// one.
    pub(super) async fn write_all(&self, rows: impl IntoIterator<Item = (Place, Value)>) -> Result<()> {
        self.write_rows(&rows.into_iter().collect()).await
    }

    /// [`Store::write_all`], which can be done again. In order, which spares deadlocks, and one row a place, because a
    /// statement cannot update a row twice.
    pub(super) async fn write_rows(&self, rows: &BTreeMap<Place, Value>) -> Result<()> {
        let Some((first, value)) = rows.first_key_value() else {
            return Ok(());
        };
        if rows.len() == 1 {
            // Most are; that statement stays prepared.
            return self.write(first, value).await;
        }
        let mut columns = Columns::default();
        for (place, value) in rows {
            columns.sealed.push(self.seal_at(place, &value.plain));
            columns.spaces.push(place.space.name());
            columns.scopes.push(&place.scope);
            columns.keys.push(&place.key);
            columns.stored_secs.push(value.stored_secs);
            columns.uploaded.push(value.is_uploaded);
        }
        let mut tx = self.begin_write(first.space).await?;
        diesel::sql_query(WRITE_ALL)
            .bind::<Uuid, _>(self.account.user)
            .bind::<Uuid, _>(self.account.id)
            .bind::<Array<Text>, _>(columns.spaces)
            .bind::<Array<Binary>, _>(columns.scopes)
            .bind::<Array<Binary>, _>(columns.keys)
            .bind::<Array<Binary>, _>(columns.sealed)
            .bind::<Array<Nullable<BigInt>>, _>(columns.stored_secs)
            .bind::<Array<Nullable<Bool>>, _>(columns.uploaded)
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        tx.commit().await.map_err(failed)
    }

    /// Notes that WhatsApp has these prekeys; those that are gone stay gone.
    pub(super) async fn mark_uploaded(&self, ids: &[u32]) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let keys: Vec<Vec<u8>> = ids.iter().map(|id| id.to_be_bytes().to_vec()).collect();
        let mut tx = self.begin_write(Space::Prekey).await?;
        diesel::update(table::table.filter(of!(self, Space::Prekey).and(dsl::key.eq_any(keys))))
            .set(dsl::is_uploaded.eq(true))
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        tx.commit().await.map_err(failed)
    }

    /// Deletable `keys`, from one scope or from all.
    pub(super) async fn remove_many(
        &self,
        space: Space,
        scope: Option<&str>,
        keys: Vec<Vec<u8>>,
    ) -> Result<()> {
        if keys.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin_write(space).await?;
        let rows = table::table.filter(of!(self, space).and(dsl::key.eq_any(keys)));
        match scope {
            Some(scope) => {
                diesel::delete(rows.filter(dsl::scope.eq(scope.as_bytes())))
                    .execute(&mut *tx)
                    .await
            }
            None => diesel::delete(rows).execute(&mut *tx).await,
        }
        .map_err(failed)?;
        tx.commit().await.map_err(failed)
    }

    /// Deletable the values at `places`.
    pub(super) async fn remove_all(&self, space: Space, places: &[Place]) -> Result<()> {
        match places {
            [] => return Ok(()),
            [place] => return self.remove(place).await,
            _ => {}
        }
        let (scopes, keys): (Vec<&[u8]>, Vec<&[u8]>) =
            places.iter().map(|place| (&*place.scope, &*place.key)).unzip();
        let mut tx = self.begin_write(space).await?;
        diesel::sql_query(REMOVE_ALL)
            .bind::<Uuid, _>(self.account.id)
            .bind::<Text, _>(space.name())
            .bind::<Array<Binary>, _>(scopes)
            .bind::<Array<Binary>, _>(keys)
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        tx.commit().await.map_err(failed)
    }

    /// Empties a space, or one scope of it.
    pub(super) async fn clear(&self, space: Space, scope: Option<&str>) -> Result<()> {
        let mut tx = self.begin_write(space).await?;
        let rows = table::table.filter(of!(self, space));
        match scope {
            Some(scope) => {
                diesel::delete(rows.filter(dsl::scope.eq(scope.as_bytes())))
                    .execute(&mut *tx)
                    .await
            }
            None => diesel::delete(rows).execute(&mut *tx).await,
        }
        .map_err(failed)?;
        tx.commit().await.map_err(failed)
    }

    /// Deletable what was stored before `cutoff_secs`; answers how many there were.
    pub(super) async fn remove_older(&self, space: Space, cutoff_secs: i64) -> Result<u32> {
        let mut tx = self.begin_write(space).await?;
        let rows =
            diesel::delete(table::table.filter(of!(self, space).and(dsl::stored_secs.lt(cutoff_secs))))
                .execute(&mut *tx)
                .await
                .map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(count(rows))
    }

    fn open_all(
        &self,
        space: Space,
        scope: &str,
        rows: Vec<(Vec<u8>, Vec<u8>)>,
    ) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        rows.into_iter()
            .map(|(key, sealed)| {
                let place = Place::within(space, scope, key);
                let plain = self.open_at(&place, &sealed)?;
                Ok((place.key, plain))
            })
            .collect()
    }
}

const WRITE_ALL: &str = "
    INSERT INTO whatsapp_store (user_id, account_id, space, scope, key, value, stored_secs, is_uploaded)
    SELECT $1, $2, rows.* FROM unnest($3, $4, $5, $6, $7, $8) AS rows
    ON CONFLICT (account_id, space, scope, key) DO UPDATE
    SET value = EXCLUDED.value, stored_secs = EXCLUDED.stored_secs, is_uploaded = EXCLUDED.is_uploaded";

const REMOVE_ALL: &str = "
    DELETE FROM whatsapp_store WHERE account_id = $1 AND space = $2
    AND (scope, key) IN (SELECT * FROM unnest($3, $4))";

#[derive(Default)]
struct Columns<'a> {
    spaces: Vec<&'static str>,
    scopes: Vec<&'a [u8]>,
    keys: Vec<&'a [u8]>,
    sealed: Vec<Vec<u8>>,
    stored_secs: Vec<Option<i64>>,
    uploaded: Vec<Option<bool>>,
}

/// The first key that sorts after all that begin with `prefix`, which ends in an ASCII character.
fn after(prefix: &[u8]) -> Vec<u8> {
    let mut end = prefix.to_vec();
    if let Some(last) = end.last_mut() {
        *last = last.saturating_add(1);
    }
    end
}
