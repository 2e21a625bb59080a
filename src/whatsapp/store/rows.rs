//! One sealed value: read, written, taken or removed in a transaction of its own.

use data_encoding::HEXLOWER;
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::upsert::excluded;
use diesel_async::RunQueryDsl;
use whatsapp_rust::wacore::store::error::Result;

use super::space::{Place, Value};
use super::{Store, failed};
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

/// One row, as a filter.
macro_rules! at {
    ($store:expr, $place:expr) => {
        dsl::account_id
            .eq($store.account.id)
            .and(dsl::space.eq($place.space.name()))
            .and(dsl::scope.eq(&$place.scope))
            .and(dsl::key.eq(&$place.key))
    };
}

impl Store {
    pub(super) async fn read(&self, place: &Place) -> Result<Option<Vec<u8>>> {
        let mut tx = self.begin().await?;
        let sealed: Option<Vec<u8>> = table::table
            .filter(at!(self, place))
            .select(dsl::value)
            .first(&mut *tx)
            .await
            .optional()
            .map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        sealed.map(|sealed| self.open_at(place, &sealed)).transpose()
    }

    pub(super) async fn holds(&self, place: &Place) -> Result<bool> {
        let mut tx = self.begin().await?;
        let found = diesel::select(exists(table::table.filter(at!(self, place))))
            .get_result(&mut *tx)
            .await
            .map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(found)
    }

    pub(super) async fn write(&self, place: &Place, value: &Value) -> Result<()> {
        let row = self.row(place, value);
        let mut tx = self.begin_write(place.space).await?;
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
            .map_err(failed)?;
        tx.commit().await.map_err(failed)
    }

    /// Writes a value where there is none; one that is there stays.
    pub(super) async fn write_new(&self, place: &Place, value: &Value) -> Result<()> {
        let mut tx = self.begin_write(place.space).await?;
        diesel::insert_into(table::table)
            .values(self.row(place, value))
            .on_conflict_do_nothing()
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        tx.commit().await.map_err(failed)
    }

    /// Deletable a value and answers it: of two callers, one gets it.
    pub(super) async fn take(&self, place: &Place) -> Result<Option<Vec<u8>>> {
        let mut tx = self.begin_write(place.space).await?;
        let sealed: Option<Vec<u8>> = diesel::delete(table::table.filter(at!(self, place)))
            .returning(dsl::value)
            .get_result(&mut *tx)
            .await
            .optional()
            .map_err(failed)?;
        // Opened before the commit: what does not open is not lost.
        let plain = sealed.map(|sealed| self.open_at(place, &sealed)).transpose()?;
        tx.commit().await.map_err(failed)?;
        Ok(plain)
    }

    pub(super) async fn remove(&self, place: &Place) -> Result<()> {
        let mut tx = self.begin_write(place.space).await?;
        diesel::delete(table::table.filter(at!(self, place)))
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        tx.commit().await.map_err(failed)
    }

    fn row<'a>(&self, place: &'a Place, value: &Value) -> Row<'a> {
        Row {
            user_id: self.account.user,
            account_id: self.account.id,
            space: place.space.name(),
            scope: &place.scope,
            key: &place.key,
            value: self.seal_at(place, &value.plain),
            stored_secs: value.stored_secs,
            is_uploaded: value.is_uploaded,
        }
    }

    pub(super) fn seal_at(&self, place: &Place, plain: &[u8]) -> Vec<u8> {
        self.key.seal(&self.belongs(place), plain)
    }

    pub(super) fn open_at(&self, place: &Place, sealed: &[u8]) -> Result<Vec<u8>> {
        self.unseal(place.space.name(), &self.belongs(place), sealed)
    }

    fn belongs(&self, place: &Place) -> String {
        let row = format_args!(
            "{}:{}:{}:{}",
            self.account.id,
            place.space.name(),
            HEXLOWER.encode(&place.scope),
            HEXLOWER.encode(&place.key),
        );
        belongs_to("whatsapp_store", "value", row)
    }
}
