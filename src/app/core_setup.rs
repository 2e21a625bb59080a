//! The services' common parts: database, vault, hub, clock and ids.

use std::sync::Arc;

use anyhow::Context as _;
use secrecy::{ExposeSecret, SecretString};

use crate::clock::{SharedClock, SystemClock};
use crate::config::{Config, Keys};
use crate::crypto::MasterKey;
use crate::db::inspect::Inspection;
use crate::db::{self, Db};
use crate::hub::{LocalHub, SharedHub};
use crate::id::Ids;
use crate::vault::Vault;
use crate::work::Core;

/// Maximum number of open connections to PostgreSQL.
const MAX_CONNECTIONS: usize = 16;

/// The core of an operator's command, which works beside a running server or without one.
///
/// # Errors
/// When the keys or the database cannot be used, or the master key does not open the database.
pub async fn core_for_command(config: &Config, database: &SecretString) -> anyhow::Result<Core> {
    migrate(database).await?;
    let keys = Keys::load_or_make(&config.keys)?;
    let clock: SharedClock = Arc::new(SystemClock);
    open_core(&keys, &clock, database).await
}

/// Brings the database's tables up to date.
pub(super) async fn migrate(database: &SecretString) -> anyhow::Result<()> {
    db::migrate(database)
        .await
        .context("the database cannot be brought up to date")?;
    Ok(())
}

/// Builds the core on a migrated database; refuses a master key that does not open the stored keys.
pub(super) async fn open_core(
    keys: &Keys,
    clock: &SharedClock,
    database: &SecretString,
) -> anyhow::Result<Core> {
    let master = MasterKey::from_base64(keys.master.expose_secret())?;
    let hub: SharedHub = Arc::new(LocalHub::default());
    let core = Core {
        db: Db::connect(database, MAX_CONNECTIONS)?,
        vault: Arc::new(Vault::new(master)),
        hub,
        ids: Arc::new(Ids::new(Arc::clone(clock))),
        clock: Arc::clone(clock),
    };
    require_master_key(database, &core.vault).await?;
    Ok(core)
}

async fn require_master_key(database: &SecretString, vault: &Vault) -> anyhow::Result<()> {
    let stored = Inspection::open(database).await?.any_wrapped_key().await?;
    stored.map_or(Ok(()), |stored| vault.check(&stored)).context(
        "the master key does not open the keys stored in this database; restore the right one, as AMDA_MASTER_KEY or \
         as master.key in the data folder",
    )
}
