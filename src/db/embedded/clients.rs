//! PostgreSQL's client programs, which dump and restore a database.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::binaries::{major, parse_version, searched_folders};
use super::run_as::RunAs;
use crate::config::DatabaseConfig;

/// A client program and its major version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::db) struct ClientProgram {
    pub(in crate::db) path: PathBuf,
    pub(in crate::db) major: u32,
}

impl ClientProgram {
    /// A command that runs it with nothing of this process's environment that it does not need.
    pub(in crate::db) fn command(&self) -> Command {
        RunAs::Ourselves.command(&self.path)
    }
}

/// The installed programs that are called `name`, those that `AMDA_PG_BIN` names first.
pub(in crate::db) fn find_clients(name: &str, config: &DatabaseConfig) -> Vec<ClientProgram> {
    let named = match config {
        DatabaseConfig::Embedded(config) => config.binaries.clone(),
        DatabaseConfig::Urls(_) => None,
    };
    // Not the portable build: it has none of them, and where root runs this its folder belongs to another user.
    let folders = named.into_iter().chain(searched_folders(None));
    folders.filter_map(|folder| inspect(&folder.join(name))).collect()
}

fn inspect(path: &Path) -> Option<ClientProgram> {
    if !path.exists() {
        return None;
    }
    let output = RunAs::Ourselves.command(path).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    Some(ClientProgram {
        path: path.to_owned(),
        major: major(parse_version(&text)?)?,
    })
}
