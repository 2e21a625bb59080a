//! Writing of an archive's files into the data folder: first beside their places, then by renaming.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

use super::archive::{CopyError, copy};
use super::error::BackupError;
use super::manifest::{DATABASE, KEYS, MEDIA, is_media};
use super::verify::{name_of, open};
use crate::config::make_data_folder;
use crate::db::dump::DumpProgram;

/// The folder of what is not in its place yet.
const STAGING: &str = "restore.partial";
/// The folder that a file system puts into its root.
const LOST_AND_FOUND: &str = "lost+found";

/// A data folder that was empty, and that is emptied again when this is dropped, unless it was kept.
#[derive(Debug)]
pub(super) struct NewFolder {
    folder: PathBuf,
    was_there: bool,
    is_kept: bool,
}

impl NewFolder {
    /// Takes an empty folder, or makes one.
    pub(super) fn take(folder: &Path) -> Result<Self, BackupError> {
        require_empty(folder)?;
        let was_there = folder.exists();
        make_data_folder(folder).map_err(write_error(folder))?;
        let taken = Self {
            folder: folder.to_owned(),
            was_there,
            is_kept: false,
        };
        make_folder(&taken.staging())?;
        Ok(taken)
    }

    fn staging(&self) -> PathBuf {
        self.folder.join(STAGING)
    }

    /// Writes the media of the archive in `file`, and the keys that `wants_key` wants.
    pub(super) fn write_files(
        &self,
        file: &File,
        wants_key: impl Fn(&str) -> bool,
        stop: &CancellationToken,
    ) -> Result<(), BackupError> {
        let staging = self.staging();
        make_folder(&staging.join(MEDIA))?;
        make_folder(&staging.join(KEYS))?;
        let read = write_error(&staging);
        let mut archive = open(file).map_err(&read)?;
        for entry in archive.entries().map_err(&read)? {
            let mut entry = entry.map_err(&read)?;
            let name = name_of(&entry);
            let key = name.strip_prefix(KEYS).and_then(|rest| rest.strip_prefix('/'));
            if !is_media(&name) && !key.is_some_and(&wants_key) {
                continue;
            }
            let path = staging.join(&name);
            if let Some(folder) = path.parent() {
                make_folder(folder)?;
            }
            let mut options = OpenOptions::new();
            let written = options.write(true).create_new(true).mode(0o600).open(&path);
            let mut written = written.map_err(write_error(&path))?;
            copy(&mut entry, &mut written, stop).map_err(|error| match error {
                CopyError::Stopped => BackupError::Stopped,
                CopyError::Read(source) | CopyError::Write(source) => write_error(&path)(source),
            })?;
        }
        Ok(())
    }

    /// Puts everything into its place, and keeps it.
    pub(super) fn keep(mut self) -> Result<(), BackupError> {
        // Once for all files: what was restored outlasts a power failure from here on.
        rustix::fs::sync();
        let staging = self.staging();
        rename(&staging.join(MEDIA), &self.folder.join(MEDIA))?;
        for entry in fs::read_dir(staging.join(KEYS)).map_err(not_placed(&staging))? {
            let key = entry.map_err(not_placed(&staging))?;
            rename(&key.path(), &self.folder.join(key.file_name()))?;
        }
        fs::remove_dir_all(&staging).map_err(not_placed(&staging))?;
        rustix::fs::sync();
        self.is_kept = true;
        Ok(())
    }
}

impl Drop for NewFolder {
    fn drop(&mut self) {
        if self.is_kept {
            return;
        }
        for path in contents(&self.folder).unwrap_or_default() {
            // Where PostgreSQL's user could not enter the folder, its part is a link to a folder that was made elsewhere.
            let target = path.canonicalize().unwrap_or_else(|_| path.clone());
            let removed = fs::remove_dir_all(&target).or_else(|_| fs::remove_file(&target));
            let removed = match fs::symlink_metadata(&path) {
                Ok(_) => fs::remove_file(&path),
                Err(_) => removed,
            };
            if let Err(error) = removed {
                tracing::warn!("{} cannot be removed: {error}", path.display());
            }
        }
        if !self.was_there {
            // Left where something in it could not be removed, which was logged.
            let _ = fs::remove_dir(&self.folder);
        }
    }
}

/// Restores the database of the archive in `file`.
pub(super) fn restore_database(
    program: &DumpProgram,
    file: &File,
    path: &Path,
    stop: &CancellationToken,
) -> Result<(), BackupError> {
    let read_error = |source| BackupError::Read {
        path: path.to_owned(),
        source,
    };
    program.restore(|input| {
        let mut archive = open(file).map_err(read_error)?;
        for entry in archive.entries().map_err(read_error)? {
            let mut entry = entry.map_err(read_error)?;
            if name_of(&entry) == DATABASE {
                let copied = copy(&mut entry, input, stop);
                return copied.map(drop).map_err(|error| match error {
                    CopyError::Stopped => BackupError::Stopped,
                    CopyError::Read(source) | CopyError::Write(source) => read_error(source),
                });
            }
        }
        Ok(())
    })
}

/// Refuses a folder that holds anything.
pub(super) fn require_empty(folder: &Path) -> Result<(), BackupError> {
    let found = match contents(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        found => found.map_err(|source| BackupError::Read {
            path: folder.to_owned(),
            source,
        })?,
    };
    if found.is_empty() {
        return Ok(());
    }
    let names = found.iter().filter_map(|path| path.file_name());
    let names: Vec<_> = names.take(4).map(|name| name.to_string_lossy()).collect();
    Err(BackupError::NotEmpty {
        folder: folder.to_owned(),
        found: names.join(", "),
    })
}

fn contents(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name() != LOST_AND_FOUND {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

fn make_folder(folder: &Path) -> Result<(), BackupError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(write_error(folder))
}

fn rename(from: &Path, to: &Path) -> Result<(), BackupError> {
    fs::rename(from, to).map_err(not_placed(to))
}

fn not_placed(path: &Path) -> impl Fn(io::Error) -> BackupError + use<> {
    let path = path.to_owned();
    move |source| BackupError::NotPlaced {
        path: path.clone(),
        source,
    }
}

fn write_error(path: &Path) -> impl Fn(io::Error) -> BackupError + use<> {
    let path = path.to_owned();
    move |source| BackupError::Restore {
        path: path.clone(),
        source,
    }
}
