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
//! patience.rs                                    what must not fail because the database was away for a moment
//! copies.rs leftovers.rs                         what was buffered: until it is durable, and what nobody kept
//! ```
//!
//! # What always holds
//!
//! - Every value is sealed for its account, space and key. One that does not open is an error that names the account and
//!   the space, never a panic and never "absent": a missing session would be renegotiated over the evidence.
//! - Rows of a batch are written in order of their keys, so that two writers of one account cannot wait for each other.
//! - An account's store is open once: one server works on a database ([`SingleServer`](crate::db::SingleServer)), and its
//!   supervisor runs one session an account. The store does not look: two of them would tear one ratchet.
//!
//! # What the library does with it, and what bites
//!
//! Read in whatsapp-rust 0.7.0, as it works with an `InboundDurabilityHook`. A message that arrives live is decrypted,
//! which moves the ratchet in the library's memory; buffered here (`pending_inbound`); given to the hook; removed from
//! the buffer; acknowledged; told as an event. The ratchet itself is written within 25 ms by a worker of its own.
//!
//! - The worker writes the ratchet even where the buffering failed. Delivered again, the message is then a duplicate of
//!   which no copy is kept, and is acknowledged: lost. So the buffer outlasts an absence of the database (`patience.rs`).
//!   Batches of the backlog need it less: the library puts them back and tries again.
//! - A duplicate that is in the buffer is played from there, to the hook too, unless it is a status: that one is passed
//!   over in silence, so `Leftover` is how its copy is found. One that is in it but does not open stays
//!   unacknowledged and comes again with each connection, until it is swept after seven days.
//! - After the hook failed, the library asks again only on a new connection, so the session must break the old one. A
//!   batch comes again whole, and a message may come twice: what the hook writes is idempotent by chat, sender and id.
//! - The backlog is committed in batches of up to 400 messages, 4 MiB or 3 seconds. Live messages come one by one, from
//!   several chats at once. The hook runs under the sender's lock: sending from inside it can wait for itself.
//! - The hook never sees posts of channels, nor placeholders that the phone resolved later: they are events only
//!   (`hook_committed` is false), and acknowledged whatever becomes of them.
//! - A send waits for the store only when it leaves the range of counters that is reserved on disk, once in about 64; it
//!   is not sent where that write fails. A new client skips the rest of the range, of which receivers forgive some
//!   thirty in a row; two clients at once would use a key twice.
//! - A client's start writes, reads and removes a probe in the buffer; each connected client sweeps what is old every
//!   five minutes, without a write where there is nothing.
//! - Its own store in memory forgets a phone number's LID when an older LID of that number moves away. Ours does not.

mod app_sync;
mod batch;
mod copies;
mod device;
mod leftovers;
mod message_secrets;
mod patience;
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

use crate::account::AccountRef;
use crate::clock::SharedClock;
use crate::crypto::DataKey;
use crate::db::schema::{whatsapp_message_secrets, whatsapp_store, whatsapp_tc_tokens};
use crate::db::{Db, DbError, Tx};
use crate::id::AccountId;
use crate::work::{Core, WorkError};
pub(super) use app_sync::COLLECTIONS;
pub(super) use copies::Copies;
pub(super) use leftovers::Leftover;
use space::Space;

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
    clock: SharedClock,
    account: AccountRef,
    buffer: Arc<copies::Buffer>,
}

impl Store {
    /// The store of `account`, empty or as it was left. The caller sees to it that there is no other.
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
            clock: Arc::clone(&core.clock),
            account,
            buffer: Arc::default(),
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

    /// Begins a write whose commit does not wait for the disk; see [`Space::is_urgent`].
    async fn begin_async_commit(&self) -> Result<Tx> {
        self.db
            .begin_async_commit(self.account.user)
            .await
            .map_err(failed)
    }

    async fn begin_write(&self, space: Space) -> Result<Tx> {
        if space.is_urgent() {
            self.begin().await
        } else {
            self.begin_async_commit().await
        }
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
