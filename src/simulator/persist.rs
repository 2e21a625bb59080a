//! The data folder: a snapshot of each world, written before its stanzas are sent, so that kill -9 loses nothing.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::{Result, SimulatorError};
use super::noise::ServerIdentity;
use super::world::World;

/// A folder that survives the process.
pub(super) struct Storage {
    folder: PathBuf,
}

impl Storage {
    /// Opens the folder, creating it if necessary.
    pub(super) fn open(folder: &Path) -> Result<Self> {
        let storage = Self {
            folder: folder.to_owned(),
        };
        for folder in [storage.folder.clone(), storage.phones(), storage.media()] {
            let made = fs::create_dir_all(&folder)
                .and_then(|()| fs::set_permissions(&folder, Permissions::from_mode(0o700)));
            made.map_err(|source| SimulatorError::Storage {
                path: folder.clone(),
                source,
            })?;
        }
        Ok(storage)
    }

    fn phones(&self) -> PathBuf {
        self.folder.join("phones")
    }

    /// The folder of encrypted media.
    pub(super) fn media(&self) -> PathBuf {
        self.folder.join("media")
    }

    /// The server's identity, made on the first start.
    pub(super) fn identity(&self) -> Result<ServerIdentity> {
        let path = self.folder.join("server.json");
        if path.exists() {
            return read_json(&path);
        }
        let identity = ServerIdentity::generate()?;
        write_json(&path, &identity)?;
        Ok(identity)
    }

    /// Every phone that was ever saved here.
    pub(super) fn worlds(&self) -> Result<Vec<World>> {
        let folder = self.phones();
        let failed = |source| SimulatorError::Storage {
            path: folder.clone(),
            source,
        };
        let mut worlds = Vec::new();
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                worlds.push(read_json(&path)?);
            }
        }
        Ok(worlds)
    }

    /// Replaces the snapshot of a world.
    pub(super) fn save_world(&self, world: &World) -> Result<()> {
        let file = format!("{}.json", world.owner.number);
        write_json(&self.phones().join(file), world)
    }
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let bytes = fs::read(path).map_err(|source| SimulatorError::Storage {
        path: path.to_owned(),
        source,
    })?;
    serde_json::from_slice(&bytes).map_err(|source| SimulatorError::Snapshot {
        path: path.to_owned(),
        source,
    })
}

fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<()> {
    let bytes = serde_json::to_vec(value).map_err(|source| SimulatorError::Snapshot {
        path: path.to_owned(),
        source,
    })?;
    write(path, &bytes)
}

/// Replaces a file atomically: a reader sees either the old content or the new.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let beside = path.with_extension("new");
    fs::write(&beside, bytes)
        .and_then(|()| fs::rename(&beside, path))
        .map_err(|source| SimulatorError::Storage {
            path: path.to_owned(),
            source,
        })
}
