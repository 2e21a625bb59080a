//! What is in memory alone, stored in one transaction: that of received events, or one of its own.

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use futures::try_join;
use whatsapp_rust::wacore::store::error::Result;

use super::account_store::Store;
use super::error::store_error;
use super::write_buffer::Snapshot;

/// What the library wrote of an account and is in memory alone. While this lives, nothing else of it is stored.
#[derive(Debug)]
pub struct UnstoredWrites<'a> {
    store: &'a Store,
    snapshot: Snapshot,
}

impl UnstoredWrites<'_> {
    /// Writes it, in a transaction that commits only while the account's lease holds. `note_stored` follows the commit.
    ///
    /// # Errors
    /// The database's.
    pub async fn write(&self, conn: &AsyncPgConnection) -> QueryResult<()> {
        let Snapshot {
            rows,
            secrets,
            removed,
            ..
        } = &self.snapshot;
        let writing_rows = async {
            if rows.is_empty() {
                return Ok(());
            }
            let rows = rows.iter().map(|(row_key, value)| (row_key, &**value));
            self.store.write_columns(conn, self.store.columns(rows)).await
        };
        // Sent together, because no row is both written and removed.
        try_join!(
            writing_rows,
            self.store.write_secrets(conn, secrets),
            self.store.delete_rows(conn, removed),
        )?;
        Ok(())
    }

    /// Notes that it is stored: call it after the commit.
    pub(in crate::whatsapp) fn note_stored(self) {
        self.store.buffer.note_stored(&self.snapshot);
    }
}

impl Store {
    /// What is in memory alone; none when there is nothing.
    pub(in crate::whatsapp) async fn unstored_writes(&self) -> Option<UnstoredWrites<'_>> {
        let snapshot = self.buffer.begin_storing().await?;
        Some(UnstoredWrites {
            store: self,
            snapshot,
        })
    }

    /// Stores what is in memory alone. The commit waits for the disk when there are ratchets among it.
    ///
    /// # Errors
    /// The database's; then it stays in memory.
    pub async fn store_unstored(&self) -> Result<()> {
        self.store_all(false).await
    }

    /// As [`Self::store_unstored`], and the commit waits for the disk in any case.
    ///
    /// # Errors
    /// The database's; then it stays in memory.
    pub(super) async fn store_unstored_durably(&self) -> Result<()> {
        self.store_all(true).await
    }

    pub(super) async fn store_all(&self, is_urgent: bool) -> Result<()> {
        let Some(unstored) = self.unstored_writes().await else {
            return Ok(());
        };
        let tx = if is_urgent || unstored.snapshot.has_ratchets {
            self.begin_durable().await?
        } else {
            self.begin_async_commit().await?
        };
        unstored.write(&tx).await.map_err(store_error)?;
        tx.commit().await.map_err(store_error)?;
        unstored.note_stored();
        Ok(())
    }

    /// Takes a hold by `hold` when a ratchet is in memory alone for which no frame waits yet. It lasts until all is stored.
    pub(in crate::whatsapp) fn hold_for_ratchets<H>(&self, hold: impl FnOnce() -> H) -> Option<H> {
        self.buffer.hold_for_ratchets(hold)
    }

    /// Stores nothing of what is in memory from now on: another client may work on what is stored.
    pub(in crate::whatsapp) fn close(&self) {
        self.buffer.close();
    }
}
