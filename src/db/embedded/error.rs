use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use thiserror::Error;

use crate::disk::DiskFull;

/// Error of running the embedded database, with the remedy.
#[derive(Debug, Error)]
pub enum EmbeddedError {
    /// No PostgreSQL of a usable version is installed, and none could be fetched.
    #[error(
        "found no PostgreSQL 15 or newer (looked in {searched}); install it with `{install}`, name its folder in \
         AMDA_PG_BIN, or give the address of a running one in DATABASE_URL"
    )]
    NoBinaries {
        /// The places that were searched.
        searched: &'static str,
        /// The command that installs it on this system.
        install: &'static str,
        /// The error of fetching the portable build.
        #[source]
        portable: Option<Box<EmbeddedError>>,
    },
    /// `AMDA_PG_BIN` names a folder without a usable PostgreSQL.
    #[error(
        "AMDA_PG_BIN names {folder}, but {problem}; it must be the folder that holds `postgres` and `initdb`, version 15 or newer"
    )]
    WrongBinaries {
        /// The folder named.
        folder: PathBuf,
        /// The problem with it.
        problem: String,
    },
    /// The cluster was made by another major version than any installed.
    #[error(
        "the database in {folder} was made by PostgreSQL {made_by}, and only {found} is installed; install \
         PostgreSQL {made_by} or convert the database with pg_upgrade"
    )]
    WrongMajor {
        /// The cluster.
        folder: PathBuf,
        /// The major version that made it.
        made_by: u32,
        /// The versions found.
        found: String,
    },
    /// A file or folder could not be made, read or written.
    #[error(
        "cannot use the database folder {folder}; make it writable for the user that runs AMDA, or name another with --data-dir"
    )]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },
    /// The disk has no room for a database.
    #[error("there is no room for a database")]
    Full(#[from] DiskFull),
    /// There is no database yet.
    #[error(
        "there is no database in {folder}; check --data-dir, or create one with `amda serve` or `amda migrate`"
    )]
    Missing {
        /// The folder in which it would be.
        folder: PathBuf,
    },
    /// The data folder is a link to a folder that no longer exists.
    #[error(
        "the database was put in {target} because {link} could not be reached by its user, and {target} no longer exists; restore it, or remove {link} to begin with an empty database"
    )]
    Lost {
        /// The link in the data folder.
        link: PathBuf,
        /// The target of the link.
        target: PathBuf,
    },
    /// PostgreSQL refuses to run as root, and there is no other user for it.
    #[error(
        "PostgreSQL does not run as root and there is no user `postgres` or `nobody` to run it as; create one with `useradd --system postgres`, or run AMDA as an ordinary user"
    )]
    NoUser,
    /// The socket folder under the system's temporary folder belongs to another user.
    #[error(
        "the socket folder {folder} belongs to another user; remove it, or choose a --data-dir with a shorter path"
    )]
    ForeignSocket {
        /// The folder.
        folder: PathBuf,
    },
    /// Another process runs this cluster.
    #[error(
        "the database in {folder} is in use by another AMDA; stop that one, or choose another --data-dir"
    )]
    InUse {
        /// The cluster's folder.
        folder: PathBuf,
    },
    /// A program could not be started.
    #[error("cannot run {program}")]
    Spawn {
        /// The program.
        program: PathBuf,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },
    /// A program failed.
    #[error("{program} failed ({status}): {output}")]
    Failed {
        /// The program.
        program: PathBuf,
        /// The exit status.
        status: ExitStatus,
        /// The end of what it printed.
        output: String,
    },
    /// The server ended before it accepted a connection.
    #[error("PostgreSQL ended while starting ({status}); the end of {log} says: {tail}")]
    Exited {
        /// The exit status.
        status: ExitStatus,
        /// The log.
        log: PathBuf,
        /// Its last lines.
        tail: String,
    },
    /// The server did not accept a connection in time.
    #[error("PostgreSQL accepted no connection within {seconds} s; the end of {log} says: {tail}")]
    NotReady {
        /// The time limit in seconds.
        seconds: u64,
        /// The log.
        log: PathBuf,
        /// Its last lines.
        tail: String,
    },
    /// A server that an earlier AMDA left behind does not stop.
    #[error(
        "an earlier PostgreSQL (process {pid}) still runs on {folder} and does not stop; end it with `kill -QUIT {pid}`"
    )]
    Leftover {
        /// Its process id.
        pid: i32,
        /// The cluster.
        folder: PathBuf,
    },
    /// The server's process could not be signalled or waited for.
    #[error("cannot stop PostgreSQL (process {pid})")]
    Stop {
        /// Its process id.
        pid: u32,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },
    /// A connection to the started server failed.
    #[error("the embedded database does not answer")]
    Connect(#[source] tokio_postgres::Error),
}

impl EmbeddedError {
    /// True when the same start may succeed a little later: workers of a killed server still hold its memory.
    pub(super) fn is_temporary(&self) -> bool {
        matches!(self, Self::Exited { tail, .. } if tail.contains("is still in use"))
    }

    /// The error of a file in the database folder.
    pub(super) fn folder(folder: &Path, source: io::Error) -> Self {
        Self::Folder {
            folder: folder.to_owned(),
            source,
        }
    }
}
