//! The rotation of the master key, while servers run. Each step is one short transaction, and a run that was ended anywhere is
//! gone on with by the next.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use diesel_async::AsyncPgConnection;
use secrecy::{ExposeSecret as _, SecretString};
use thiserror::Error;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::data_keys::{Vault, VaultError};
use super::store::{self, SealedSecret, WrappedKey};
use crate::config::{KeyError, MasterKeys};
use crate::crypto::MasterKey;
use crate::db::inspect::{MasterKeyUse, master_key_uses};
use crate::db::nodes::{self, LiveNode};
use crate::db::{Db, DbError};
use crate::id::UserId;

/// Number of users whose keys are wrapped in one transaction.
const BATCH: i32 = 100;
/// Time for which servers that do not hold the new key are waited for: they read it from a file within some seconds, and one that
/// was killed counts for as long.
const NODES_TIMEOUT: Duration = Duration::from_secs(12);
const NODES_INTERVAL: Duration = Duration::from_millis(250);

/// Error that ends a rotation. What was wrapped by the new key until then stays so.
#[derive(Debug, Error)]
pub enum RotationError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A key does not open, or cannot be read.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The new key cannot be written.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The operator gave no new key.
    #[error(
        "the master key {0} wraps everything already; to rotate, give AMDA a new one and add this one to \
         AMDA_PREVIOUS_MASTER_KEYS, on every server"
    )]
    NothingNew(String),
    /// Servers run that could not open what the new key wraps.
    #[error(
        "the master key {key} is not held by {}; give it to each server that runs, with the earlier ones in \
         AMDA_PREVIOUS_MASTER_KEYS or beside it in master.key.previous, restart those that have it from their settings, and run \
         this again: nothing was wrapped by it yet",
        describe(nodes)
    )]
    NotHeldByNodes {
        /// The name of the new key.
        key: String,
        /// The servers.
        nodes: Vec<LiveNode>,
    },
}

impl From<diesel::result::Error> for RotationError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Db(error.into())
    }
}

/// The master keys, and what they open.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The name of the current one.
    pub current: String,
    /// Those that open something.
    pub uses: Vec<MasterKeyUse>,
    /// The names of those that are held and open nothing in the database.
    pub unused: Vec<String>,
}

impl Standing {
    /// The number of users whose keys another master key wraps than the current one.
    pub fn users_left(&self) -> u64 {
        let others = self.uses.iter().filter(|used| used.master_key_id != self.current);
        others.map(|used| u64::try_from(used.users).unwrap_or(0)).sum()
    }
}

/// The result of wrapping.
#[derive(Debug, Clone, Default)]
pub struct Rewrapped {
    /// The number of users whose keys are wrapped by the current master key now.
    pub users: u64,
    /// The users whose keys no held master key opens. They are left as they are.
    pub unreadable: Vec<UserId>,
}

/// The rotation of an installation's master key.
#[derive(Debug, Clone)]
pub struct Rotation {
    db: Db,
    vault: Arc<Vault>,
}

impl Rotation {
    /// The rotation of the master keys of `vault`, in `db`.
    pub const fn new(db: Db, vault: Arc<Vault>) -> Self {
        Self { db, vault }
    }

    /// Makes the new master key the current one: makes one in the data folder, where it lies there and no rotation is unfinished,
    /// waits until every server holds it, and wraps the installation's secret by it.
    ///
    /// # Errors
    /// [`RotationError`].
    pub async fn begin(&self) -> Result<Standing, RotationError> {
        self.find_or_make_key().await?;
        self.wait_for_nodes().await?;
        let mut tx = self.db.begin_without_user().await?;
        let stored = store::lock_secret(&mut tx).await?;
        let ring = self.vault.refresh().await?;
        let new = ring.current();
        if stored.master_key_id != new.id() {
            // Once more, because a server may have started meanwhile.
            require_held_by_nodes(&mut tx, &new.id()).await?;
            let old = self.vault.master(&stored.master_key_id).await?;
            let secret = old.open_secret(&stored.sealed).map_err(VaultError::from)?;
            let resealed = SealedSecret {
                master_key_id: new.id(),
                sealed: new.seal_secret(&secret),
            };
            store::update_secret(&mut tx, &resealed).await?;
        }
        let standing = self.standing(&mut tx, new.id()).await?;
        tx.commit().await?;
        Ok(standing)
    }

    /// Wraps the keys of all users by the current master key, and tells `progress` after each batch; ends early, between batches,
    /// when `stop` is cancelled.
    ///
    /// # Errors
    /// [`RotationError`]; what is left is wrapped by another run.
    pub async fn run(
        &self,
        stop: &CancellationToken,
        mut progress: impl FnMut(&Rewrapped),
    ) -> Result<Rewrapped, RotationError> {
        let mut done = Rewrapped::default();
        let mut behind = None;
        while !stop.is_cancelled() {
            behind = self.wrap_batch(behind, &mut done).await?;
            progress(&done);
            if behind.is_none() {
                break;
            }
        }
        Ok(done)
    }

    /// The master keys, and what they open now.
    ///
    /// # Errors
    /// [`RotationError`].
    pub async fn look(&self) -> Result<Standing, RotationError> {
        let mut tx = self.db.begin_without_user().await?;
        let stored = store::lock_secret(&mut tx).await?;
        self.vault.refresh().await?;
        let standing = self.standing(&mut tx, stored.master_key_id).await?;
        tx.commit().await?;
        Ok(standing)
    }

    /// Removes the earlier master keys that open nothing from their file in the data folder; returns what it removed and kept. No
    /// rotation begins meanwhile.
    ///
    /// # Errors
    /// [`RotationError`].
    pub async fn forget(&self) -> Result<Standing, RotationError> {
        let mut tx = self.db.begin_without_user().await?;
        let stored = store::lock_secret(&mut tx).await?;
        self.vault.refresh().await?;
        let standing = self.standing(&mut tx, stored.master_key_id).await?;
        if let Some(file) = self.vault.own_file() {
            let unused = standing.unused.clone();
            let is_needed = move |text: &SecretString| {
                let key = MasterKey::from_base64(text.expose_secret());
                !key.is_ok_and(|key| unused.contains(&key.id()))
            };
            change_files(file, move |file| MasterKeys::forget(file, is_needed)).await?;
        }
        tx.commit().await?;
        Ok(standing)
    }

    /// Makes a new key in the data folder, unless a rotation is unfinished or the operator gave one. Another run waits meanwhile.
    async fn find_or_make_key(&self) -> Result<(), RotationError> {
        let mut tx = self.db.begin_without_user().await?;
        store::lock_secret(&mut tx).await?;
        let given = self.vault.refresh().await?.current().id();
        let uses = master_key_uses(&mut tx).await?;
        // The installation's secret is among the uses.
        if uses.iter().all(|used| used.master_key_id == given) {
            let file = self.vault.own_file().ok_or(RotationError::NothingNew(given))?;
            change_files(file, MasterKeys::replace).await?;
            self.vault.refresh().await?;
        }
        Ok(tx.rollback().await?)
    }

    async fn wait_for_nodes(&self) -> Result<(), RotationError> {
        let key = self.vault.ring().current().id();
        let until = Instant::now() + NODES_TIMEOUT;
        loop {
            let mut tx = self.db.begin_without_user().await?;
            let held = require_held_by_nodes(&mut tx, &key).await;
            tx.rollback().await?;
            match held {
                Err(RotationError::NotHeldByNodes { .. }) if Instant::now() < until => {
                    tokio::time::sleep(NODES_INTERVAL).await;
                }
                held => return held,
            }
        }
    }

    /// Wraps the keys of the next users behind one; returns the last of them. None when there are no more.
    async fn wrap_batch(
        &self,
        behind: Option<UserId>,
        done: &mut Rewrapped,
    ) -> Result<Option<UserId>, RotationError> {
        let mut tx = self.db.begin_without_user().await?;
        let master = self.vault.current(&mut tx).await?;
        let users = store::others_after(&mut tx, &master.id(), behind, BATCH).await?;
        let mut batch = Rewrapped::default();
        for user in &users {
            tx.name_user(*user).await?;
            if self.wrap_again(&mut tx, *user, &master).await? {
                batch.users += 1;
            } else {
                batch.unreadable.push(*user);
            }
        }
        tx.commit().await?;
        done.users += batch.users;
        done.unreadable.extend(batch.unreadable);
        Ok(users.last().copied())
    }

    /// Wraps the key of `user` by `master`, in a transaction that names them. False when no held master key opens it.
    async fn wrap_again(
        &self,
        conn: &mut AsyncPgConnection,
        user: UserId,
        master: &MasterKey,
    ) -> Result<bool, RotationError> {
        // Deleted meanwhile, or wrapped by another run.
        let Some(stored) = store::lock_key(conn, user).await? else {
            return Ok(true);
        };
        if stored.master_key_id == master.id() {
            return Ok(true);
        }
        let opened = match self.vault.master(&stored.master_key_id).await {
            Ok(old) => old.unwrap(user, &stored.wrapped).map_err(VaultError::from),
            Err(error) => Err(error),
        };
        let key = match opened {
            Ok(key) => key,
            Err(VaultError::Crypto(error)) => {
                tracing::warn!(user.id = %user, "the data key of user {user} is left as it is: {error}");
                return Ok(false);
            }
            Err(error) => return Err(error.into()),
        };
        let wrapped = WrappedKey {
            master_key_id: master.id(),
            wrapped: master.wrap(user, &key),
        };
        store::update_key(conn, user, &wrapped).await?;
        Ok(true)
    }

    async fn standing(
        &self,
        conn: &mut AsyncPgConnection,
        current: String,
    ) -> Result<Standing, RotationError> {
        let uses = master_key_uses(conn).await?;
        let ring = self.vault.ring();
        // A new key that is not named yet opens nothing and is needed.
        let new = ring.current().id();
        let is_used = |id: &String| uses.iter().any(|used| used.master_key_id == *id);
        let mut unused = ring.ids();
        unused.retain(|id| *id != new && !is_used(id));
        Ok(Standing {
            current,
            uses,
            unused,
        })
    }
}

async fn require_held_by_nodes(conn: &mut AsyncPgConnection, key: &str) -> Result<(), RotationError> {
    let nodes = nodes::without_master_key(conn, key).await?;
    if nodes.is_empty() {
        return Ok(());
    }
    Err(RotationError::NotHeldByNodes {
        key: key.to_owned(),
        nodes,
    })
}

/// Changes the key files on a thread that may wait for the disk.
async fn change_files(
    file: &Path,
    change: impl FnOnce(&Path) -> Result<(), KeyError> + Send + 'static,
) -> Result<(), KeyError> {
    let file = file.to_owned();
    let changed = tokio::task::spawn_blocking(move || change(&file));
    changed.await.expect("writing keys does not panic")
}

fn describe(nodes: &[LiveNode]) -> String {
    let named = nodes.iter().map(|node| {
        let started = node.started_at.format("%Y-%m-%d %H:%M UTC");
        format!("server {} (started {started})", node.id)
    });
    named.collect::<Vec<_>>().join(", ")
}
