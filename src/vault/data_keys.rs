use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use parking_lot::{Mutex, RwLock};
use thiserror::Error;
use tokio_util::sync::CancellationToken;

use super::key_ring::KeyRing;
use super::store::{self, SealedSecret};
use crate::config::{KeyError, KeySource, KeysConfig, MasterKeys};
use crate::crypto::{CryptoError, DataKey, InstallationSecret, MasterKey};
use crate::db::inspect::{MasterKeyUse, master_key_uses};
use crate::db::schema::user_keys;
use crate::id::UserId;

/// Number of unwrapped keys in memory at which the cache is emptied.
const MAX_CACHED: usize = 10_000;
/// Time between two looks into the key files.
const FILES_INTERVAL: Duration = Duration::from_secs(2);

/// Error of loading a key.
#[derive(Debug, Error)]
pub enum VaultError {
    /// The database failed, or the user has no key.
    #[error("the user's data key cannot be read")]
    Query(#[from] diesel::result::Error),
    /// The key was wrapped by a master key that is not held, or was tampered with.
    #[error("the user's data key does not open")]
    Crypto(#[from] CryptoError),
    /// The files of master keys cannot be read again.
    #[error("the master keys cannot be read")]
    Keys(#[from] KeyError),
    /// Master keys that are in use are not held.
    #[error("{} not held; held: {held}", missing.join(", "))]
    NotHeld {
        /// The names of the missing ones, each with the number of users whose keys it wraps.
        missing: Vec<String>,
        /// The names of those that are held.
        held: String,
    },
}

/// Unwraps users' data keys with the operator's master keys.
#[derive(Debug)]
pub struct Vault {
    ring: RwLock<Arc<KeyRing>>,
    /// The sources of the master keys; none of a vault with one key that is never rotated.
    sources: Option<KeysConfig>,
    secret: InstallationSecret,
    cache: Mutex<HashMap<UserId, Arc<DataKey>>>,
}

impl Vault {
    /// A vault with one master key that stays, and from which the server's secrets are derived.
    pub fn new(master: MasterKey) -> Self {
        let secret = InstallationSecret::from(&master);
        Self::with(master.into(), None, secret)
    }

    /// The vault of an installation with `keys`, which came from `sources`. Its secret is made unless there is one.
    ///
    /// # Errors
    /// [`VaultError`]; among them that no held key opens the secret.
    pub async fn open(
        keys: &MasterKeys,
        sources: &KeysConfig,
        conn: &mut AsyncPgConnection,
    ) -> Result<Self, VaultError> {
        let ring = KeyRing::new(keys)?;
        let uses = master_key_uses(conn).await?;
        let stored = match store::find_secret(conn).await? {
            Some(stored) => stored,
            None => make_secret(&ring, &uses, conn).await?,
        };
        let master = ring.find(&stored.master_key_id);
        let master = master.ok_or_else(|| not_held(&ring, &uses))?;
        let secret = master.open_secret(&stored.sealed)?;
        Ok(Self::with(ring, Some(sources.clone()), secret))
    }

    fn with(ring: KeyRing, sources: Option<KeysConfig>, secret: InstallationSecret) -> Self {
        Self {
            ring: RwLock::new(Arc::new(ring)),
            sources,
            secret,
            cache: Mutex::default(),
        }
    }

    /// The secret from which the server's others are derived.
    pub const fn secret(&self) -> &InstallationSecret {
        &self.secret
    }

    /// The master keys that are held.
    pub fn ring(&self) -> Arc<KeyRing> {
        Arc::clone(&self.ring.read())
    }

    /// The file of the data folder that holds the current master key; none where that comes from the operator.
    pub(super) fn own_file(&self) -> Option<&std::path::Path> {
        match &self.sources.as_ref()?.master {
            KeySource::File(file) => Some(file),
            KeySource::Given(_) | KeySource::Elsewhere(_) | KeySource::Command { .. } => None,
        }
    }

    /// Reads the files of master keys again, where there are some; returns the keys that are held now.
    ///
    /// # Errors
    /// [`VaultError::Keys`] or [`VaultError::Crypto`]; then the keys stay as they were.
    pub async fn refresh(&self) -> Result<Arc<KeyRing>, VaultError> {
        let sources = self.sources.clone();
        let Some(sources) = sources.filter(|sources| sources.previous_file().is_some()) else {
            return Ok(self.ring());
        };
        let keys = tokio::task::spawn_blocking(move || MasterKeys::load(&sources));
        let keys = keys.await.expect("reading keys does not panic")?;
        let ring = Arc::new(KeyRing::new(&keys)?);
        *self.ring.write() = Arc::clone(&ring);
        Ok(ring)
    }

    /// Reads the files of master keys every two seconds, until `stop`: a rotation waits until every server holds the new key.
    pub async fn follow_files(&self, stop: CancellationToken) {
        let mut is_told = false;
        while stop
            .run_until_cancelled(tokio::time::sleep(FILES_INTERVAL))
            .await
            .is_some()
        {
            let read = self.refresh().await;
            let has_failed = read.is_err();
            if let (Err(error), false) = (read, is_told) {
                tracing::warn!(
                    "the files of master keys cannot be read, so those from before are used: {error}"
                );
            }
            is_told = has_failed;
        }
    }

    /// Refuses to go on while something is wrapped by a master key that is not held.
    ///
    /// # Errors
    /// [`VaultError::NotHeld`] or [`VaultError::Query`].
    pub async fn require_all_held(&self, conn: &mut AsyncPgConnection) -> Result<(), VaultError> {
        let ring = self.ring();
        let uses = master_key_uses(conn).await?;
        if uses.iter().all(|used| ring.find(&used.master_key_id).is_some()) {
            return Ok(());
        }
        Err(not_held(&ring, &uses))
    }

    /// The master key with the name `id`. Where it is not held, the files are read again, once.
    ///
    /// # Errors
    /// [`VaultError::Crypto`] or [`VaultError::Keys`].
    pub(super) async fn master(&self, id: &str) -> Result<MasterKey, VaultError> {
        if let Some(key) = self.ring().find(id) {
            return Ok(key.clone());
        }
        let ring = self.refresh().await?;
        let key = ring.find(id).ok_or_else(|| CryptoError::OtherMasterKey {
            wanted: id.to_owned(),
            held: ring.ids().join(", "),
        })?;
        Ok(key.clone())
    }

    /// The key that wraps those of new users. It stays the current one until the transaction of `conn` ends.
    pub(super) async fn current(&self, conn: &mut AsyncPgConnection) -> Result<MasterKey, VaultError> {
        if self.sources.is_none() {
            return Ok(self.ring().current().clone());
        }
        let named = store::hold_current(conn).await?;
        match named {
            Some(id) => self.master(&id).await,
            None => Ok(self.ring().current().clone()),
        }
    }

    /// Generates and stores a key for a new user, in the transaction that creates them.
    ///
    /// # Errors
    /// [`VaultError`].
    pub async fn create(
        &self,
        conn: &mut AsyncPgConnection,
        user: UserId,
    ) -> Result<Arc<DataKey>, VaultError> {
        let key = DataKey::generate();
        let master = self.current(conn).await?;
        diesel::insert_into(user_keys::table)
            .values((
                user_keys::user_id.eq(user),
                user_keys::master_key_id.eq(master.id()),
                user_keys::wrapped.eq(master.wrap(user, &key)),
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
        let key = Arc::new(self.master(&wrapped_by).await?.unwrap(user, &wrapped)?);
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
}

/// Makes the secret of an installation, unless another process made it meanwhile. Where there is or was a user, everything was
/// derived from the master key before, and goes on from it.
async fn make_secret(
    ring: &KeyRing,
    uses: &[MasterKeyUse],
    conn: &mut AsyncPgConnection,
) -> Result<SealedSecret, VaultError> {
    let master = match uses.first() {
        Some(used) => ring
            .find(&used.master_key_id)
            .ok_or_else(|| not_held(ring, uses))?,
        None => ring.current(),
    };
    let secret = if store::has_had_user(conn).await? {
        InstallationSecret::from(master)
    } else {
        InstallationSecret::generate()
    };
    let made = SealedSecret {
        master_key_id: master.id(),
        sealed: master.seal_secret(&secret),
    };
    store::insert_secret(conn, &made).await?;
    Ok(store::find_secret(conn).await?.unwrap_or(made))
}

/// The error of a ring that lacks keys among `uses`.
fn not_held(ring: &KeyRing, uses: &[MasterKeyUse]) -> VaultError {
    let missing = uses
        .iter()
        .filter(|used| ring.find(&used.master_key_id).is_none());
    VaultError::NotHeld {
        missing: missing.map(MasterKeyUse::to_string).collect(),
        held: ring.ids().join(", "),
    }
}
