//! The services' common parts: database, vault, hub, clock and ids.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;

use super::web;
use crate::clock::{SharedClock, SystemClock};
use crate::config::{Config, DatabaseUrls, KeysConfig, MasterKeys};
use crate::db::{self, Db};
use crate::hub::{LocalHub, SharedHub};
use crate::id::Ids;
use crate::limiter::Limiters;
use crate::media::{self, Objects};
use crate::metrics::Metrics;
use crate::vault::Vault;
use crate::work::Core;

/// Maximum number of open connections to PostgreSQL.
const MAX_CONNECTIONS: usize = 15;

/// The message when a master key is missing.
const NOT_OPENED: &str = "the master key does not open the keys stored in this database; restore the one that is named, as \
     AMDA_MASTER_KEY or in AMDA_PREVIOUS_MASTER_KEYS, or as master.key or a line of master.key.previous in the data folder";

/// The core of an operator's command, which works beside a running server or without one. Makes neither tables nor keys.
///
/// # Errors
/// When the master keys or the database cannot be used, or the keys do not open the database.
pub async fn core_for_command(config: &Config, database: &DatabaseUrls) -> anyhow::Result<Core> {
    let core = core_for_rotation(config, database).await?;
    require_master_keys(&core).await?;
    Ok(core)
}

/// As [`core_for_command`], also where a master key is missing that wraps the keys of some users.
///
/// # Errors
/// As of [`core_for_command`]; of the keys when none opens the installation's secret.
pub async fn core_for_rotation(config: &Config, database: &DatabaseUrls) -> anyhow::Result<Core> {
    db::require_ready(&database.app)
        .await
        .context("the database is not ready")?;
    let keys = MasterKeys::load(&config.keys)?;
    let clock: SharedClock = Arc::new(SystemClock);
    connect(&keys, &config.keys, &clock, database, config.log.slow_query).await
}

/// The store of media contents, which leaves the configured reserve on its disk. Nothing is asked of a bucket yet.
///
/// # Errors
/// When its folder or the address of the bucket cannot be used.
pub fn media_store(config: &Config) -> anyhow::Result<Objects> {
    let objects = Objects::in_folder(&config.data_dir.join("media"))?;
    Ok(objects
        .with_reserve(web::reserve(config))
        .with_bucket(&config.media)?)
}

/// The store of media contents of a server. A bucket that does not answer is tried again when it is needed, because it may
/// come back; every other fault of it is the operator's to mend.
///
/// # Errors
/// When its folder or its bucket cannot be used, or files lie in a bucket and none is configured.
pub(super) async fn open_media(config: &Config, core: &Core) -> anyhow::Result<Objects> {
    let objects = media_store(config)?;
    if !objects.has_bucket() {
        media::require_none_in_bucket(&core.db).await?;
        return Ok(objects);
    }
    match objects.check_bucket(&core.ids).await {
        Ok(()) => Ok(objects),
        Err(error) if error.may_pass() => {
            tracing::error!("media cannot be stored or shown until the bucket can be used: {error}");
            Ok(objects)
        }
        Err(error) => Err(anyhow::Error::new(error).context("the bucket of media cannot be used")),
    }
}

/// Brings the database's tables up to date, and checks that the server can work on them.
pub(super) async fn migrate(database: &DatabaseUrls) -> anyhow::Result<()> {
    db::migrate(database).await.context("the database is not ready")?;
    Ok(())
}

/// Builds the core of one process alone on a migrated database; refuses master keys that do not open all stored keys.
pub(super) async fn open_core(
    keys: &MasterKeys,
    sources: &KeysConfig,
    clock: &SharedClock,
    database: &DatabaseUrls,
    slow_query: Option<Duration>,
) -> anyhow::Result<Core> {
    let core = connect(keys, sources, clock, database, slow_query).await?;
    require_master_keys(&core).await?;
    Ok(core)
}

async fn connect(
    keys: &MasterKeys,
    sources: &KeysConfig,
    clock: &SharedClock,
    database: &DatabaseUrls,
    slow_query: Option<Duration>,
) -> anyhow::Result<Core> {
    let db = Db::connect(&database.app, MAX_CONNECTIONS)?
        .listening_at(database.direct.clone())
        .warning_of_slow_queries(slow_query);
    let mut tx = db.begin_without_user().await?;
    let vault = Vault::open(keys, sources, &mut tx).await.context(NOT_OPENED)?;
    tx.commit().await?;
    let hub: SharedHub = Arc::new(LocalHub::default());
    let metrics = Metrics::default();
    Ok(Core {
        db,
        vault: Arc::new(vault),
        hub,
        ids: Arc::new(Ids::new(Arc::clone(clock))),
        clock: Arc::clone(clock),
        limiters: Limiters::in_process(Arc::clone(clock), metrics.clone()),
        metrics,
    })
}

async fn require_master_keys(core: &Core) -> anyhow::Result<()> {
    let mut tx = core.db.begin_without_user().await?;
    core.vault.require_all_held(&mut tx).await.context(NOT_OPENED)?;
    tx.rollback().await?;
    Ok(())
}
