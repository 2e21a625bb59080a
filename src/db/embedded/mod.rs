//! A private PostgreSQL that AMDA runs for itself when no `DATABASE_URL` is given.
//!
//! Flow of [`Embedded::start`]: take the folder's lock, find the programs, make the cluster once, stop a server that a
//! killed AMDA left behind, start `postgres` on a leash, and return when a real connection has succeeded.
//!
//! The server listens on nothing but a Unix socket in a folder that only its own user can enter. It is a direct child
//! held by a pipe: when AMDA goes, however it goes, the pipe closes and the server shuts itself down cleanly. It must
//! never listen on a network address, and a process that does not hold the lock must never stop it.

mod binaries;
mod cluster;
mod error;
mod folder;
mod lock_file;
mod portable;
mod postmaster;
mod run_as;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_postgres::NoTls;

use crate::config::EmbeddedConfig;

pub use error::EmbeddedError;

use binaries::Binaries;
use folder::Layout;
use lock_file::LockFile;
use postmaster::Postmaster;
use run_as::RunAs;

/// The database that AMDA's tables live in.
const DATABASE: &str = "amda";

/// The database that every cluster has, for connections that create or drop others.
const MAINTENANCE_DATABASE: &str = "postgres";

/// The superuser that owns the cluster.
const SUPERUSER: &str = "postgres";

/// How long the workers of a server that was killed may take to notice that.
const WORKERS_GONE_WITHIN: Duration = Duration::from_secs(20);
const RETRY_EVERY: Duration = Duration::from_millis(100);

/// A running PostgreSQL server that this process started and owns.
///
/// Dropping it closes the leash, so the server shuts down on its own; [`Embedded::stop`] also waits for that.
#[derive(Debug)]
pub struct Embedded {
    layout: Layout,
    socket: PathBuf,
    version: String,
    postmaster: Postmaster,
    /// Held for as long as the server is ours; the kernel releases it when this process dies.
    _lock: File,
}

impl Embedded {
    /// Starts the server of `config.folder`, making the cluster and the database first if they are not there.
    ///
    /// # Errors
    /// [`EmbeddedError::InUse`] when another process runs it (see [`running_url`]); otherwise what stood in the way.
    pub async fn start(config: &EmbeddedConfig) -> Result<Self, EmbeddedError> {
        let prepared = tokio::task::spawn_blocking({
            let config = config.clone();
            move || Prepared::make(&config)
        })
        .await
        .expect("preparing the database folder does not panic")?;
        let Prepared {
            run_as,
            layout,
            socket,
            binaries,
            lock,
        } = prepared;
        postmaster::stop_leftover(&layout).await?;
        let deadline = Instant::now() + WORKERS_GONE_WITHIN;
        let postmaster = loop {
            match Postmaster::start(&run_as, &binaries, &layout, &socket, config.durable).await {
                Err(error) if error.is_passing() && Instant::now() < deadline => sleep(RETRY_EVERY).await,
                started => break started?,
            }
        };
        let embedded = Self {
            layout,
            socket,
            version: binaries.version,
            postmaster,
            _lock: lock,
        };
        embedded.create_database().await?;
        Ok(embedded)
    }

    /// Where to connect as the superuser that owns AMDA's database: a URL over the Unix socket.
    pub fn url(&self) -> String {
        self.url_of(DATABASE)
    }

    /// As [`Embedded::url`], for another database of the cluster.
    pub fn url_of(&self, database: &str) -> String {
        socket_url(&self.socket, database)
    }

    /// The version that the server's program gives, such as `15.13`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The process id of the server.
    pub fn pid(&self) -> u32 {
        self.postmaster.pid()
    }

    /// The folder of the cluster, the log and (where its path is short enough) the socket.
    pub fn folder(&self) -> &Path {
        &self.layout.root
    }

    /// Shuts the server down: open transactions are rolled back, everything committed is on disk. Returns when no
    /// process of it is left; one that does not obey in time is stopped harder, and loses nothing committed either.
    ///
    /// # Errors
    /// When the operating system refuses to signal or to wait.
    pub async fn stop(self) -> Result<(), EmbeddedError> {
        self.postmaster.stop().await?;
        folder::remove_socket(&self.layout, &self.socket);
        Ok(())
    }

    async fn create_database(&self) -> Result<(), EmbeddedError> {
        let url = self.url_of(MAINTENANCE_DATABASE);
        let (client, connection) = tokio_postgres::connect(&url, NoTls)
            .await
            .map_err(EmbeddedError::Connect)?;
        let work = async move {
            let found = client
                .query("SELECT 1 FROM pg_database WHERE datname = $1", &[&DATABASE])
                .await?;
            if found.is_empty() {
                client
                    .batch_execute(&format!("CREATE DATABASE {DATABASE}"))
                    .await?;
            }
            Ok(())
        };
        let (done, _) = tokio::join!(work, connection);
        done.map_err(EmbeddedError::Connect)
    }
}

/// The URL of the server of `config.folder` if some process runs it now; starts, makes and stops nothing.
pub fn running_url(config: &EmbeddedConfig) -> Option<String> {
    let layout = Layout::existing(&config.folder)?;
    let file = LockFile::read(&layout.cluster)?;
    file.is_of_running_server(&layout.cluster)
        .then(|| socket_url(&file.socket, DATABASE))
}

/// What [`Embedded::start`] would run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Programs {
    /// Installed ones.
    Installed {
        /// Their version, such as `15.13`.
        version: String,
        /// Their folder.
        folder: PathBuf,
    },
    /// None are installed, but npm is, which will fetch some.
    Fetchable,
}

/// The programs that [`Embedded::start`] would use now. Fetches none.
///
/// # Errors
/// When none fit.
pub fn programs(config: &EmbeddedConfig) -> Result<Programs, EmbeddedError> {
    let layout = Layout::existing(&config.folder).unwrap_or_else(|| Layout::of(config.folder.clone()));
    match binaries::find(config, &layout, RunAs::choose()?) {
        Ok(Binaries { version, folder, .. }) => Ok(Programs::Installed { version, folder }),
        Err(EmbeddedError::NoBinaries { .. }) if portable::can_be_fetched() => Ok(Programs::Fetchable),
        Err(error) => Err(error),
    }
}

fn socket_url(socket: &Path, database: &str) -> String {
    let host: String = url::form_urlencoded::byte_serialize(socket.as_os_str().as_encoded_bytes()).collect();
    // A form writes a space as "+", which a URL's host would keep as it is.
    format!("postgresql://{SUPERUSER}@{}/{database}", host.replace('+', "%20"))
}

/// Everything that stands before the server can start.
struct Prepared {
    run_as: RunAs,
    layout: Layout,
    socket: PathBuf,
    binaries: Binaries,
    lock: File,
}

impl Prepared {
    fn make(config: &EmbeddedConfig) -> Result<Self, EmbeddedError> {
        let run_as = RunAs::choose()?;
        let layout = Layout::make(&config.folder, &run_as)?;
        let lock = lock(&layout)?;
        let binaries = binaries::find_or_fetch(config, &layout, run_as)?;
        cluster::make_once(&layout, &binaries, &run_as, config.durable)?;
        let socket = folder::make_socket(&layout, &run_as)?;
        Ok(Self {
            run_as,
            layout,
            socket,
            binaries,
            lock,
        })
    }
}

fn lock(layout: &Layout) -> Result<File, EmbeddedError> {
    let file = File::create(&layout.lock).map_err(|source| EmbeddedError::folder(&layout.root, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(EmbeddedError::InUse {
            folder: layout.root.clone(),
        }),
        Err(TryLockError::Error(source)) => Err(EmbeddedError::folder(&layout.root, source)),
    }
}
