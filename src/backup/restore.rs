use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};
use tokio_util::sync::CancellationToken;

use super::error::BackupError;
use super::extract::{self, NewFolder};
use super::manifest::Manifest;
use super::verify::verify;
use crate::config::{Config, DatabaseUrls, KeySource, KeysConfig, MasterKeys};
use crate::crypto::{CryptoError, MasterKey};
use crate::db;
use crate::db::dump::{self, DumpProgram};
use crate::db::inspect;
use crate::db::server::Server;
use crate::db::tombstones::{self, Tombstone};
use crate::disk::Reserve;

/// A restored installation.
#[derive(Debug)]
pub struct Restored {
    /// The contents of the backup.
    pub manifest: Manifest,
    /// The names of the key files that the backup does not hold, and that the next start makes anew.
    pub missing_keys: Vec<String>,
}

/// Restores the backup in `file` into the empty installation of `config`. Of its users, the next start deletes those who
/// have a tombstone among `deleted`.
///
/// # Errors
/// [`BackupError`]; then the installation is as empty as before, unless the error says otherwise.
pub async fn restore(
    config: &Config,
    file: &Path,
    deleted: &[Tombstone],
    stop: &CancellationToken,
) -> Result<Restored, BackupError> {
    extract::require_empty(&config.data_dir)?;
    let archive = Archive::open(file, stop).await?;
    let missing_keys = check_keys(&archive.manifest, &config.keys)?;
    if archive.manifest.newest_migration > db::newest_migration() {
        return Err(BackupError::Newer {
            theirs: archive.manifest.amda,
            ours: env!("CARGO_PKG_VERSION"),
        });
    }
    Reserve::new(&config.data_dir, config.min_free_bytes).require(archive.manifest.size_bytes())?;
    let folder = Arc::new(NewFolder::take(&config.data_dir)?);
    let server = Server::reach_or_create(&config.database).await?;
    let restoring = async {
        archive.restore(config, server.urls(), &folder, stop).await?;
        add_tombstones(server.urls(), deleted).await
    };
    let restored = restoring.await;
    // Before the folder goes, if something failed: its database runs until then.
    server.stop().await?;
    restored?;
    Arc::into_inner(folder)
        .expect("nothing writes into the folder any more")
        .keep()?;
    Ok(Restored {
        manifest: archive.manifest,
        missing_keys,
    })
}

/// Adds tombstones to a restored database.
async fn add_tombstones(urls: &DatabaseUrls, deleted: &[Tombstone]) -> Result<(), BackupError> {
    let mut conn = db::connect(&urls.app).await.map_err(BackupError::NotReady)?;
    let added = tombstones::insert_all(&mut conn, deleted).await;
    added.map_err(|error| BackupError::NotReady(error.into()))
}

/// Refuses a backup whose content the keys at hand would not open; returns the names of the other key files that are missing.
fn check_keys(manifest: &Manifest, keys: &KeysConfig) -> Result<Vec<String>, BackupError> {
    let missing: Vec<String> = keys
        .files()
        .map(name_of)
        .filter(|name| !manifest.has_key(name))
        .collect();
    match &keys.master {
        KeySource::File(file) => {
            let name = name_of(file);
            if missing.contains(&name) {
                return Err(BackupError::NoMasterKey);
            }
        }
        KeySource::Given(_) | KeySource::Elsewhere(_) | KeySource::Command { .. } => {
            require_master_keys(manifest, &MasterKeys::load(keys)?)?;
        }
    }
    Ok(missing)
}

/// Refuses keys that do not open everything in the backup.
fn require_master_keys(manifest: &Manifest, keys: &MasterKeys) -> Result<(), BackupError> {
    let held: Vec<String> = std::iter::once(&keys.current)
        .chain(&keys.previous)
        .map(|key| Ok(MasterKey::from_base64(key.expose_secret())?.id()))
        .collect::<Result<_, CryptoError>>()?;
    let mut theirs = manifest.needed_master_keys().to_vec();
    theirs.retain(|needed| !held.contains(needed));
    if theirs.is_empty() {
        return Ok(());
    }
    Err(BackupError::OtherMasterKey {
        theirs: theirs.join(", "),
        ours: held.join(", "),
        is_inside: manifest.has_key("master.key"),
    })
}

/// The names of the key files that are restored where the backup holds them.
fn key_names(keys: &KeysConfig) -> Vec<String> {
    let mut names: Vec<String> = keys.files().map(name_of).collect();
    if let KeySource::File(_) = keys.master {
        names.extend(keys.previous_file().iter().map(|file| name_of(file)));
    }
    names
}

fn name_of(file: &Path) -> String {
    file.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// An archive that was found whole.
struct Archive {
    file: Arc<File>,
    path: PathBuf,
    manifest: Manifest,
}

impl Archive {
    async fn open(path: &Path, stop: &CancellationToken) -> Result<Self, BackupError> {
        let (path, stop) = (path.to_owned(), stop.clone());
        let opening = tokio::task::spawn_blocking(move || {
            if path.is_dir() {
                return Err(BackupError::IsFolder(path));
            }
            let file = File::open(&path).map_err(|source| BackupError::Read {
                path: path.clone(),
                source,
            })?;
            let manifest = verify(&file, &path, &stop)?;
            Ok(Self {
                file: Arc::new(file),
                path,
                manifest,
            })
        });
        opening.await.expect("reading a backup does not panic")
    }

    /// Writes everything, the database last, into `folder` and the database of `urls`.
    async fn restore(
        &self,
        config: &Config,
        urls: &DatabaseUrls,
        folder: &Arc<NewFolder>,
        stop: &CancellationToken,
    ) -> Result<(), BackupError> {
        let owner = urls.owner.as_ref().ok_or(BackupError::NoOwner)?;
        let program = self.prepare(config, urls, owner).await?;
        let (file, path) = (Arc::clone(&self.file), self.path.clone());
        let keys = key_names(&config.keys);
        let (folder, stop) = (Arc::clone(folder), stop.clone());
        let writing = tokio::task::spawn_blocking(move || {
            folder.write_files(&file, |key| keys.iter().any(|wanted| wanted == key), &stop)?;
            extract::restore_database(&program, &file, &path, &stop)
        });
        writing.await.expect("writing a backup's files does not panic")?;
        db::migrate(urls).await.map_err(BackupError::NotReady)?;
        Ok(())
    }

    /// Checks that the database of `owner` can take this one, and finds the program that restores it.
    async fn prepare(
        &self,
        config: &Config,
        urls: &DatabaseUrls,
        owner: &SecretString,
    ) -> Result<DumpProgram, BackupError> {
        let ours = dump::require_empty(owner).await?;
        let theirs = self.manifest.postgresql;
        if ours < theirs {
            return Err(BackupError::OldServer { theirs, ours });
        }
        inspect::owner(urls, owner).await?;
        Ok(DumpProgram::to_restore(&config.database, owner).await?)
    }
}
