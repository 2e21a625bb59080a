//! The users' data keys: generated at registration, stored wrapped by the master key, unwrapped when needed.

use std::collections::HashMap;
use std::sync::Arc;

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use parking_lot::Mutex;
use thiserror::Error;

use crate::crypto::{CryptoError, DataKey, MasterKey};
use crate::db::inspect::WrappedKey;
use crate::db::schema::user_keys;
use crate::id::UserId;

/// Number of unwrapped keys in memory at which the cache is emptied.
const MAX_CACHED: usize = 10_000;

/// Error of loading a user's key.
#[derive(Debug, Error)]
pub enum VaultError {
    /// The database failed, or the user has no key.
    #[error("the user's data key cannot be read")]
    Query(#[from] diesel::result::Error),
    /// The key was wrapped by another master key, or was tampered with.
    #[error("the user's data key does not open")]
    Crypto(#[from] CryptoError),
}

/// Unwraps users' data keys with the operator's master key.
#[derive(Debug)]
pub struct Vault {
    master: MasterKey,
    cache: Mutex<HashMap<UserId, Arc<DataKey>>>,
}

impl Vault {
    /// A vault with the operator's master key.
    pub fn new(master: MasterKey) -> Self {
        Self {
            master,
            cache: Mutex::default(),
        }
    }

    /// The operator's key, for deriving the server's other secrets.
    pub const fn master(&self) -> &MasterKey {
        &self.master
    }

    /// Checks that the master key opens `stored`: one user's key stands for all.
    ///
    /// # Errors
    /// [`CryptoError`] when it does not.
    pub fn check(&self, stored: &WrappedKey) -> Result<(), CryptoError> {
        self.require_held(&stored.master_key_id)?;
        self.master
            .unwrap(UserId::from(stored.user_id), &stored.wrapped)
            .map(drop)
    }

    /// Generates and stores a key for a new user, in the transaction that creates them.
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
        // Not cached yet: the transaction may still fail.
        Ok(Arc::new(key))
    }

    /// The key of `user`, loaded in a transaction of theirs.
    ///
    /// # Errors
    /// [`VaultError`].
    pub async fn key(&self, conn: &mut AsyncPgConnection, user: UserId) -> Result<Arc<DataKey>, VaultError> {
        if let Some(key) = self.cache.lock().get(&user) {
            return Ok(Arc::clone(key));
        }
        let (wrapped_by, wrapped): (String, Vec<u8>) = user_keys::table
            .find(user)
            .select((user_keys::master_key_id, user_keys::wrapped))
            .first(conn)
            .await?;
        self.require_held(&wrapped_by)?;
        let key = Arc::new(self.master.unwrap(user, &wrapped)?);
        let mut cache = self.cache.lock();
        if cache.len() >= MAX_CACHED {
            cache.clear();
        }
        cache.insert(user, Arc::clone(&key));
        Ok(key)
    }

    /// Deletes the key of `user`, in a transaction of theirs: once that commits, nobody can read what it sealed. Follow it
    /// with [`Self::forget`].
    ///
    /// # Errors
    /// The database's.
    pub async fn destroy(&self, conn: &mut AsyncPgConnection, user: UserId) -> QueryResult<()> {
        diesel::delete(user_keys::table.find(user))
            .execute(conn)
            .await
            .map(drop)
    }

    /// Removes the key of `user` from memory.
    pub fn forget(&self, user: UserId) {
        self.cache.lock().remove(&user);
    }

    /// Removes the keys of the users of whom `is_deleted` is true from memory.
    pub fn forget_all(&self, is_deleted: impl Fn(UserId) -> bool) {
        self.cache.lock().retain(|user, _| !is_deleted(*user));
    }

    /// Returns true when `user` has a key, in a transaction of theirs.
    ///
    /// # Errors
    /// The database's.
    pub async fn has_key(&self, conn: &mut AsyncPgConnection, user: UserId) -> QueryResult<bool> {
        diesel::select(diesel::dsl::exists(user_keys::table.find(user)))
            .get_result(conn)
            .await
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
}
