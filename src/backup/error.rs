use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::config::KeyError;
use crate::crypto::CryptoError;
use crate::db::DbError;
use crate::db::dump::DumpError;
use crate::db::embedded::EmbeddedError;
use crate::disk::DiskFull;

/// Error of a backup or of its restoration. Whatever it is, nothing half done is left, except where it says so.
#[derive(Debug, Error)]
pub enum BackupError {
    /// There is such a file already.
    #[error(
        "{0} exists, and a backup never replaces a file; choose another name, such as one with the date in it"
    )]
    Exists(PathBuf),
    /// The name is that of a folder.
    #[error("{0} is a folder; name a file in it")]
    IsFolder(PathBuf),
    /// The owner's URL is not given.
    #[error(
        "backup and restore work as the owner of the tables, to whom row-level security shows every user's rows; set \
         AMDA_DATABASE_OWNER_URL"
    )]
    NoOwner,
    /// The backup could not be written.
    #[error("the backup cannot be written into {folder}, and none is left there")]
    Write {
        /// The folder of the file.
        folder: PathBuf,
        /// The operating system's error.
        #[source]
        source: io::Error,
    },
    /// Something that belongs to the backup could not be read.
    #[error("{path} cannot be read")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's error.
        #[source]
        source: io::Error,
    },
    /// The disk has no room.
    #[error(transparent)]
    DiskFull(#[from] DiskFull),
    /// The operator stopped it.
    #[error("stopped; nothing was left behind")]
    Stopped,
    /// The file is none that this module writes, or not any more.
    #[error("{file} is no whole backup of AMDA: {problem}")]
    Damaged {
        /// The file.
        file: PathBuf,
        /// The first thing that is wrong.
        problem: String,
    },
    /// A newer AMDA made it.
    #[error(
        "the backup was made by AMDA {theirs}, which is newer than this one ({ours}); restore it with that version or a newer one"
    )]
    Newer {
        /// The AMDA that made it.
        theirs: String,
        /// This one.
        ours: &'static str,
    },
    /// The server is older than the one that was dumped.
    #[error(
        "the backup holds a database of PostgreSQL {theirs}, and this one is PostgreSQL {ours}; install {theirs} or newer"
    )]
    OldServer {
        /// The major version that dumped it.
        theirs: u32,
        /// The major version of the server.
        ours: u32,
    },
    /// The data folder holds something.
    #[error(
        "the data folder {folder} is not empty (it holds {found}); a backup is restored into an empty one: move it away, or \
         name another with --data-dir"
    )]
    NotEmpty {
        /// The folder.
        folder: PathBuf,
        /// The first things in it.
        found: String,
    },
    /// The master key is neither in the backup nor given.
    #[error(
        "the backup holds no master key, because the AMDA that it was made of got it from AMDA_MASTER_KEY, a file or a command; \
         set that to the same key, without which nothing can be read"
    )]
    NoMasterKey,
    /// A master key that is needed is not among those that are given.
    #[error(
        "the master key at hand is not the key that sealed what is in the backup (held: {ours}; needed: {theirs}); set the \
         right one as AMDA_MASTER_KEY, or in AMDA_PREVIOUS_MASTER_KEYS{}",
        if *.is_inside { ", or unset both: the backup holds it" } else { "" }
    )]
    OtherMasterKey {
        /// The names of the keys that are needed and not given.
        theirs: String,
        /// The names of the given keys.
        ours: String,
        /// The backup holds the right one.
        is_inside: bool,
    },
    /// A file could not be restored.
    #[error("{path} cannot be written; what was restored has been removed again")]
    Restore {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's error.
        #[source]
        source: io::Error,
    },
    /// The database was restored, and the files could not be put into their places.
    #[error(
        "{path} cannot be put into its place, so the restored media and keys have been removed again; mend the cause, and \
         restore again, with a PostgreSQL of your own into an empty database"
    )]
    NotPlaced {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's error.
        #[source]
        source: io::Error,
    },
    /// The database was restored, and could not be brought up to date.
    #[error(
        "the database was restored and could not be made ready; mend the cause, and restore again into an empty one"
    )]
    NotReady(#[source] DbError),
    /// A key could not be read.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The master key is malformed.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// A program of PostgreSQL failed.
    #[error(transparent)]
    Dump(#[from] DumpError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The embedded database does not start.
    #[error("the database does not start")]
    Embedded(#[from] EmbeddedError),
}
