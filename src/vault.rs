//! The users' data keys: made at registration, kept wrapped, opened when needed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use thiserror::Error;

use crate::crypto::{CryptoError, DataKey, MasterKey};
use crate::db::schema::user_keys;
use crate::id::UserId;

/// How many opened keys are held before the store of them is emptied.
const MOST_OPEN: usize = 10_000;

/// Why a user's key is not to be had.
#[derive(Debug, Error)]
pub enum VaultError {
    /// The database failed, or the user has no key.
    #[error("the user's data key cannot be read")]
    Query(#[from] diesel::result::Error),
    /// The key was wrapped by another master key, or changed.
    #[error("the user's data key does not open")]
    Crypto(#[from] CryptoError),
}

/// Opens users' data keys with the operator's master key.
#[derive(Debug)]
pub struct Vault {
    master: MasterKey,
    open: Mutex<HashMap<UserId, Arc<DataKey>>>,
}

impl Vault {
    /// A vault of the operator's.
    pub fn new(master: MasterKey) -> Self {
        Self {
            master,
            open: Mutex::default(),
        }
    }

    /// The operator's key, for deriving the server's other secrets.
    pub const fn master(&self) -> &MasterKey {
        &self.master
    }

    /// Makes and keeps a key for a new user, in the transaction that creates them.
    ///
    /// # Errors
    /// [`VaultError::Query`].
    pub async fn create(
        &self,
        conn: &mut AsyncPgConnection,
        user: UserId,
    ) -> Result<Arc<DataKey>, VaultError> {
        let key = DataKey::generate();
        diesel::insert_into(user_keys::table)
            .values((
                user_keys::user_id.eq(user),
                user_keys::master_key_id.eq(self.master.id()),
                user_keys::wrapped.eq(self.master.wrap(user, &key)),
            ))
            .execute(conn)
            .await?;
        // Not remembered yet: the transaction may still fail.
        Ok(Arc::new(key))
    }

    /// The key of `user`, read in a transaction of theirs.
    ///
    /// # Errors
    /// [`VaultError`].
    pub async fn key(&self, conn: &mut AsyncPgConnection, user: UserId) -> Result<Arc<DataKey>, VaultError> {
        if let Some(key) = self.opened().get(&user) {
            return Ok(Arc::clone(key));
        }
        let (wrapped_by, wrapped): (String, Vec<u8>) = user_keys::table
            .find(user)
            .select((user_keys::master_key_id, user_keys::wrapped))
            .first(conn)
            .await?;
        if wrapped_by != self.master.id() {
            return Err(CryptoError::OtherMasterKey {
                wanted: wrapped_by,
                held: self.master.id(),
            }
            .into());
        }
        let key = Arc::new(self.master.unwrap(user, &wrapped)?);
        let mut open = self.opened();
        if open.len() >= MOST_OPEN {
            open.clear();
        }
        open.insert(user, Arc::clone(&key));
        Ok(key)
    }

    fn opened(&self) -> std::sync::MutexGuard<'_, HashMap<UserId, Arc<DataKey>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
