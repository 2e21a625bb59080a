//! The PostgreSQL and the folder that a measurement has for itself.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::Context as _;
use tempfile::TempDir;

use crate::config::{Config, DatabaseConfig, DatabaseUrls, EmbeddedConfig};
use crate::db::embedded::Embedded;

/// Lets the user that PostgreSQL runs as pass through the folder, where this process is root's.
const PASSABLE: u32 = 0o711;

/// A temporary folder, and a PostgreSQL in it that waits for the disk, as one in service does.
pub(super) struct Setting {
    // Dropped first: the server in the folder.
    database: Embedded,
    folder: TempDir,
}

impl Setting {
    /// Makes the folder, and starts PostgreSQL with the programs that `config` names.
    pub(super) async fn open(config: &Config) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("amda-load-")
            .tempdir()
            .context("no temporary folder can be made")?;
        fs::set_permissions(folder.path(), Permissions::from_mode(PASSABLE))?;
        let binaries = match &config.database {
            DatabaseConfig::Embedded(embedded) => embedded.binaries.clone(),
            DatabaseConfig::Urls(_) => None,
        };
        let own = EmbeddedConfig {
            folder: folder.path().join("postgres"),
            binaries,
            durable: true,
        };
        let database = Embedded::start(&own)
            .await
            .context("the database does not start")?;
        Ok(Self { database, folder })
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn urls(&self) -> DatabaseUrls {
        self.database.urls()
    }

    /// The process id of PostgreSQL.
    pub(super) fn database_pid(&self) -> u32 {
        self.database.pid()
    }

    /// Stops PostgreSQL, and removes the folder.
    pub(super) async fn close(self) -> anyhow::Result<()> {
        let Self { database, folder } = self;
        database.stop().await?;
        let path = folder.path().display().to_string();
        folder
            .close()
            .with_context(|| format!("the temporary folder {path} cannot be removed"))
    }
}
