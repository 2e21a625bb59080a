//! The store of one account: opened, erased, and the means with which its parts read and write.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing::error;
use whatsapp_rust::wacore::store::error::{Result, StoreError};

use super::error::{UnreadableError, store_error};
use super::keyspace::Keyspace;
use super::unstored_writes::UnstoredWrites;
use super::write_buffer::WriteBuffer;
use crate::account::AccountRef;
use crate::clock::SharedClock;
use crate::crypto::DataKey;
use crate::db::schema::{whatsapp_message_secrets, whatsapp_store, whatsapp_tc_tokens};
use crate::db::{Db, Fence, Tx};
use crate::id::AccountId;
use crate::work::{Core, WorkError};

/// The library's storage for the one device of one account. Clones share their state.
#[derive(Clone)]
pub struct Store {
    db: Db,
    pub(super) key: Arc<DataKey>,
    pub(super) clock: SharedClock,
    pub(super) account: AccountRef,
    /// The lease under which the account runs; none for the upgrade, before any session runs.
    fence: Option<Fence>,
    pub(super) buffer: Arc<WriteBuffer>,
}

impl Store {
    /// Opens the store of `account`, empty or as it was left. The caller makes sure that it is open once. Nothing is written
    /// when `fence` holds no more.
    ///
    /// # Errors
    /// [`WorkError`]: no database, or the user's key does not open.
    pub async fn open(
        core: &Core,
        account: AccountRef,
        fence: &Fence,
    ) -> std::result::Result<Self, WorkError> {
        let mut tx = core.db.begin(account.user).await?;
        let key = core.vault.key(&mut tx, account.user).await?;
        tx.rollback().await?;
        Ok(Self {
            fence: Some(fence.clone()),
            ..Self::with_key(core, account, key)
        })
    }

    pub(super) fn with_key(core: &Core, account: AccountRef, key: Arc<DataKey>) -> Self {
        Self {
            db: core.db.clone(),
            key,
            clock: Arc::clone(&core.clock),
            account,
            fence: None,
            buffer: Arc::default(),
        }
    }

    /// The account, for the log.
    pub(in crate::whatsapp) const fn account(&self) -> AccountId {
        self.account.id
    }

    /// Deletes everything that is stored of an account, inside the unit of work that unlinks it.
    ///
    /// # Errors
    /// The database's.
    pub async fn erase(conn: &mut AsyncPgConnection, account: AccountRef) -> QueryResult<()> {
        diesel::delete(whatsapp_store::table.filter(whatsapp_store::account_id.eq(account.id)))
            .execute(conn)
            .await?;
        diesel::delete(whatsapp_tc_tokens::table.filter(whatsapp_tc_tokens::account_id.eq(account.id)))
            .execute(conn)
            .await?;
        diesel::delete(
            whatsapp_message_secrets::table.filter(whatsapp_message_secrets::account_id.eq(account.id)),
        )
        .execute(conn)
        .await?;
        Ok(())
    }

    pub(super) async fn begin_read(&self) -> Result<Tx> {
        self.db.begin(self.account.user).await.map_err(store_error)
    }

    /// Begins a write of `space`; see [`Keyspace::is_urgent`]. One that waits for the disk takes along what is in memory alone:
    /// no key is stored without the ratchets that were given before it.
    pub(super) async fn begin_write(&self, space: Keyspace) -> Result<StoreTx<'_>> {
        if !space.is_urgent() {
            let tx = self.begin_async_commit().await?;
            return Ok(StoreTx { tx, along: None });
        }
        // Before a connection is taken: the one who stores it at this moment waits for one, too.
        let along = self.unstored_writes().await;
        let tx = self.begin_durable().await?;
        if let Some(along) = &along {
            along.write(&tx).await.map_err(store_error)?;
        }
        Ok(StoreTx { tx, along })
    }

    pub(super) async fn begin_durable(&self) -> Result<Tx> {
        let user = self.account.user;
        match &self.fence {
            Some(fence) => self.db.begin_fenced(user, fence).await,
            None => self.db.begin(user).await,
        }
        .map_err(store_error)
    }

    /// Begins a write whose commit does not wait for the disk.
    pub(super) async fn begin_async_commit(&self) -> Result<Tx> {
        let user = self.account.user;
        match &self.fence {
            Some(fence) => self.db.begin_fenced_async_commit(user, fence).await,
            None => self.db.begin_async_commit(user).await,
        }
        .map_err(store_error)
    }

    /// Opens a value; `context` is what it was sealed for.
    pub(super) fn unseal(&self, space: &'static str, context: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        self.key.open(context, sealed).map_err(|_| {
            // The cause names the context, and the context may contain a phone number.
            self.unreadable(UnreadableError::Sealed {
                account: self.account.id,
                space,
            })
        })
    }

    pub(super) fn decode<T: DeserializeOwned>(&self, space: &'static str, plain: &[u8]) -> Result<T> {
        // The parser's error would quote the value.
        serde_json::from_slice(plain).map_err(|_| self.malformed(space))
    }

    pub(super) fn malformed(&self, space: &'static str) -> StoreError {
        self.unreadable(UnreadableError::Malformed {
            account: self.account.id,
            space,
        })
    }

    fn unreadable(&self, cause: UnreadableError) -> StoreError {
        error!(account.id = %self.account.id, "{cause}");
        StoreError::Serialization(Box::new(cause))
    }
}

/// An open transaction of a store, with what it takes along. Dropped without [`StoreTx::commit`], it is rolled back.
pub(super) struct StoreTx<'a> {
    tx: Tx,
    along: Option<UnstoredWrites<'a>>,
}

impl StoreTx<'_> {
    pub(super) async fn commit(self) -> Result<()> {
        self.tx.commit().await.map_err(store_error)?;
        if let Some(along) = self.along {
            along.note_stored();
        }
        Ok(())
    }
}

impl Deref for StoreTx<'_> {
    type Target = AsyncPgConnection;

    fn deref(&self) -> &AsyncPgConnection {
        &self.tx
    }
}

impl DerefMut for StoreTx<'_> {
    fn deref_mut(&mut self) -> &mut AsyncPgConnection {
        &mut self.tx
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({})", self.account.id)
    }
}

/// Encodes a value that [`Store::decode`] reads.
pub(super) fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(|e| StoreError::Serialization(Box::new(e)))
}

/// Number of affected rows in the library's type.
pub(super) fn row_count(rows: usize) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX)
}
