//! What the WhatsApp library keeps of a linked device, in PostgreSQL: keys, ratchets, and what it is in the middle of.
//!
//! One [`Store`] serves one account and implements the library's five traits. Each operation is one short transaction of
//! the account's user, so that row-level security holds for the library too; a batch is one statement. Nothing is cached
//! here: the library caches what is hot, and thousands of idle accounts are to cost nothing.
//!
//! ```text
//! signal.rs app_sync.rs protocol.rs device.rs    the traits, over
//! space.rs rows.rs batch.rs                      spaces of sealed values: read, write, take, remove, one or many
//! tokens.rs message_secrets.rs                   the two that need tables of their own
//! ```
//!
//! # What always holds
//!
//! - Every value is sealed for its account, space and key. One that does not open is an error that names the account and
//!   the space, never a panic and never "absent": a missing session would be renegotiated over the evidence.
//! - Rows of a batch are written in order of their keys, so that two writers of one account cannot wait for each other.
//! - Whoever opens a store holds the account's lease. The store does not look: two of them would tear one ratchet.

mod app_sync;
mod batch;
mod device;
mod message_secrets;
mod protocol;
mod rows;
mod signal;
mod space;
mod tokens;

use std::sync::Arc;

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;
use tracing::error;
use whatsapp_rust::wacore::store::error::{Result, StoreError};

use crate::contacts::AccountRef;
use crate::crypto::DataKey;
use crate::db::schema::{whatsapp_message_secrets, whatsapp_store, whatsapp_tc_tokens};
use crate::db::{Db, DbError, Tx};
use crate::id::AccountId;
use crate::work::{Core, WorkError};

/// Why a stored value is of no use. The library sees it as the source of its own error.
#[derive(Debug, Error)]
pub enum UnreadableError {
    /// Changed, moved here from another row, or sealed with another key.
    #[error(
        "a stored {space} of account {account} does not open: it was changed, moved, or sealed with another key"
    )]
    Sealed {
        /// Whose.
        account: AccountId,
        /// What kind of value.
        space: &'static str,
    },
    /// It opens, but is not what such a value looks like.
    #[error("a stored {space} of account {account} is malformed")]
    Malformed {
        /// Whose.
        account: AccountId,
        /// What kind of value.
        space: &'static str,
    },
}

/// The library's storage for the one device of one account.
#[derive(Clone)]
pub struct Store {
    db: Db,
    key: Arc<DataKey>,
    account: AccountRef,
}

impl Store {
    /// The store of `account`, empty or as it was left. The caller holds the account's lease.
    ///
    /// # Errors
    /// [`WorkError`]: no database, or the user's key does not open.
    pub async fn open(core: &Core, account: AccountRef) -> std::result::Result<Self, WorkError> {
        let mut tx = core.db.begin(account.user).await?;
        let key = core.vault.key(&mut tx, account.user).await?;
        tx.rollback().await?;
        Ok(Self {
            db: core.db.clone(),
            key,
            account,
        })
    }

    /// Forgets everything of an account that was unlinked, inside the unit of work that unlinks it.
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

    async fn begin(&self) -> Result<Tx> {
        self.db.begin(self.account.user).await.map_err(failed)
    }

    /// Opens a value; `place` is what it was sealed for.
    fn unseal(&self, space: &'static str, place: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        self.key.open(place, sealed).map_err(|_| {
            // The cause names the place, and the place may be a phone number.
            self.unreadable(UnreadableError::Sealed {
                account: self.account.id,
                space,
            })
        })
    }

    fn decode<T: DeserializeOwned>(&self, space: &'static str, plain: &[u8]) -> Result<T> {
        // The parser's error would quote the value.
        serde_json::from_slice(plain).map_err(|_| self.malformed(space))
    }

    fn malformed(&self, space: &'static str) -> StoreError {
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

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({})", self.account.id)
    }
}

fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(|e| StoreError::Serialization(Box::new(e)))
}

fn failed(error: impl Into<DbError>) -> StoreError {
    match error.into() {
        connect @ DbError::Connect(_) => StoreError::Connection(Box::new(connect)),
        other => StoreError::Database(Box::new(other)),
    }
}

/// How many rows went, as the library counts.
fn count(rows: usize) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX)
}
