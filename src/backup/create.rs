use std::collections::VecDeque;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use secrecy::ExposeSecret as _;
use tempfile::NamedTempFile;
use tokio_util::sync::CancellationToken;

use super::archive::ArchiveWriter;
use super::error::BackupError;
use super::manifest::{DATABASE, FORMAT, KEYS, MEDIA, Manifest};
use crate::clock::{Clock as _, SystemClock};
use crate::config::{Config, DatabaseUrls, MasterKeys};
use crate::crypto::MasterKey;
use crate::db::dump::DumpProgram;
use crate::db::inspect::Inspection;
use crate::db::{self, DbError};

/// The size of a backup, and what is in it.
#[derive(Debug)]
pub struct Created {
    /// The size of the file.
    pub size_bytes: u64,
    /// The contents.
    pub manifest: Manifest,
}

/// Writes a backup of the installation of `config`, whose database is at `urls` and up to date, into `file`. It may run.
///
/// # Errors
/// [`BackupError`]; then there is no `file`.
pub async fn create(
    config: &Config,
    urls: &DatabaseUrls,
    file: &Path,
    stop: &CancellationToken,
) -> Result<Created, BackupError> {
    let folder = folder_of(file)?;
    let owner = urls.owner.as_ref().ok_or(BackupError::NoOwner)?;
    let master = MasterKeys::load(&config.keys)?.current;
    let uses = Inspection::open(&urls.app).await?.master_key_uses().await;
    let uses = uses.map_err(DbError::from)?;
    let sources = Sources {
        dump: DumpProgram::to_dump(&config.database, owner).await?,
        media: config.data_dir.join(MEDIA),
        keys: config.keys.kept_files(),
        master_key_id: MasterKey::from_base64(master.expose_secret())?.id(),
        master_key_ids: uses.into_iter().map(|used| used.master_key_id).collect(),
    };
    let (file, min_free_bytes, stop) = (file.to_owned(), config.min_free_bytes, stop.clone());
    let writing = tokio::task::spawn_blocking(move || {
        let archive = new_file(&folder)?;
        let opened = archive.as_file().try_clone().map_err(write_error(&folder))?;
        let writer = ArchiveWriter::new(opened, &folder, min_free_bytes, &stop);
        let manifest = sources.write(writer, &stop)?;
        keep(archive, &folder, &file).map(|size_bytes| Created { size_bytes, manifest })
    });
    writing.await.expect("writing a backup does not panic")
}

/// The folder of `file`, which must not exist.
fn folder_of(file: &Path) -> Result<PathBuf, BackupError> {
    if file.is_dir() {
        return Err(BackupError::IsFolder(file.to_owned()));
    }
    if file.symlink_metadata().is_ok() {
        return Err(BackupError::Exists(file.to_owned()));
    }
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    folder.canonicalize().map_err(write_error(folder))
}

fn write_error(folder: &Path) -> impl FnOnce(io::Error) -> BackupError {
    move |source| BackupError::Write {
        folder: folder.to_owned(),
        source,
    }
}

/// A file under a name of its own, for its owner alone, which goes when it is dropped.
fn new_file(folder: &Path) -> Result<NamedTempFile, BackupError> {
    tempfile::Builder::new()
        .prefix(".amda-backup-")
        .suffix(".partial")
        .tempfile_in(folder)
        .map_err(write_error(folder))
}

/// Gives a whole archive its name; returns its size.
fn keep(archive: NamedTempFile, folder: &Path, file: &Path) -> Result<u64, BackupError> {
    let kept = archive
        .persist_noclobber(file)
        .map_err(|error| match error.error {
            exists if exists.kind() == io::ErrorKind::AlreadyExists => BackupError::Exists(file.to_owned()),
            source => write_error(folder)(source),
        })?;
    let size_bytes = kept.metadata().map(|found| found.len());
    let synced = size_bytes.and_then(|size_bytes| File::open(folder)?.sync_all().map(|()| size_bytes));
    synced.map_err(|source| {
        // A file that a power failure may empty must not pass for a backup.
        let _ = fs::remove_file(file);
        write_error(folder)(source)
    })
}

/// Everything that goes into a backup.
struct Sources {
    dump: DumpProgram,
    media: PathBuf,
    keys: Vec<PathBuf>,
    master_key_id: String,
    /// The names of the master keys that opened something when the backup was begun. One that became the current one since was
    /// in its place before, so that it is among the keys.
    master_key_ids: Vec<String>,
}

impl Sources {
    fn write(
        &self,
        mut writer: ArchiveWriter<'_>,
        stop: &CancellationToken,
    ) -> Result<Manifest, BackupError> {
        let created_at = SystemClock.now();
        // First: of what it names, the media folder then holds everything that was not deleted meanwhile.
        self.dump
            .dump(|dump| writer.add(DATABASE, Path::new(DATABASE), dump))?;
        add_media(&mut writer, &self.media, stop)?;
        for key in &self.keys {
            let name = key.file_name().unwrap_or_default().to_string_lossy();
            add_file(&mut writer, &format!("{KEYS}/{name}"), key)?;
        }
        writer.finish(|files| Manifest {
            format: FORMAT,
            amda: env!("CARGO_PKG_VERSION").to_owned(),
            created_at,
            newest_migration: db::newest_migration(),
            postgresql: self.dump.major(),
            master_key_id: self.master_key_id.clone(),
            master_key_ids: self.master_key_ids.clone(),
            files,
        })
    }
}

/// Adds the files of the media folder, folder by folder.
fn add_media(
    writer: &mut ArchiveWriter<'_>,
    media: &Path,
    stop: &CancellationToken,
) -> Result<(), BackupError> {
    let mut folders = VecDeque::from([(media.to_owned(), MEDIA.to_owned())]);
    while let Some((folder, name)) = folders.pop_front() {
        for path in list(&folder)? {
            if stop.is_cancelled() {
                return Err(BackupError::Stopped);
            }
            let file = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let inner = format!("{name}/{file}");
            if path.is_dir() {
                folders.push_back((path, inner));
            // The store writes a file under such a name until it is whole.
            } else if !file.contains('#') {
                add_file(writer, &inner, &path)?;
            }
        }
    }
    Ok(())
}

/// The files and folders in `folder`, in the order of their names; none where it was removed.
fn list(folder: &Path) -> Result<Vec<PathBuf>, BackupError> {
    let read_error = |source| BackupError::Read {
        path: folder.to_owned(),
        source,
    };
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(read_error)?,
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    let mut paths: Vec<PathBuf> = paths.collect::<Result<_, _>>().map_err(read_error)?;
    paths.sort();
    Ok(paths)
}

/// Adds a file, unless it was removed since it was listed.
fn add_file(writer: &mut ArchiveWriter<'_>, name: &str, path: &Path) -> Result<(), BackupError> {
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        opened => {
            let mut opened = opened.map_err(|source| BackupError::Read {
                path: path.to_owned(),
                source,
            })?;
            writer.add(name, path, &mut opened)
        }
    }
}
