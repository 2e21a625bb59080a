//! The users' data keys: made at registration, kept wrapped, opened when needed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use thiserror::Error;

use crate::crypto::{CryptoError, DataKey, MasterKey};
use crate::db::inspect::WrappedKey;
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

    /// Proves that the master key opens `kept`: one user's key stands for all.
    ///
    /// # Errors
    /// Why it does not open.
    pub fn check(&self, kept: &WrappedKey) -> Result<(), CryptoError> {
        self.require_held(&kept.master_key_id)?;
        self.master
            .unwrap(UserId::from(kept.user_id), &kept.wrapped)
            .map(drop)
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
        self.require_held(&wrapped_by)?;
        let key = Arc::new(self.master.unwrap(user, &wrapped)?);
        let mut open = self.opened();
        if open.len() >= MOST_OPEN {
            open.clear();
        }
        open.insert(user, Arc::clone(&key));
        Ok(key)
    }

    fn require_held(&self, wanted: &str) -> Result<(), CryptoError> {
        let held = self.master.id();
        if wanted == held {
            return Ok(());
        }
        Err(CryptoError::OtherMasterKey {
            wanted: wanted.to_owned(),
            held,
        })
    }

    fn opened(&self) -> std::sync::MutexGuard<'_, HashMap<UserId, Arc<DataKey>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
