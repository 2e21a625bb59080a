use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_postgres::NoTls;
use tokio_util::task::AbortOnDropHandle;

use super::binaries::{self, Binaries};
use super::folder::{self, Layout};
use super::postmaster::{self, Postmaster};
use super::run_as::RunAs;
use super::url::{self, DATABASE, MAINTENANCE_DATABASE};
use super::{EmbeddedError, cluster, log};
use crate::config::{DatabaseUrls, EmbeddedConfig};

/// Time within which the workers of a killed server must have ended.
const OLD_WORKERS_TIMEOUT: Duration = Duration::from_secs(20);
/// Interval at which a start is retried meanwhile.
const RETRY_INTERVAL: Duration = Duration::from_millis(100);

/// A running PostgreSQL server that this process started and owns.
///
/// Dropping it closes the server's input, so that the server shuts down by itself; [`Embedded::stop`] also waits for
/// that.
#[derive(Debug)]
pub struct Embedded {
    layout: Layout,
    socket: PathBuf,
    version: String,
    postmaster: Postmaster,
    /// Keeps the server's log small.
    _rotation: AbortOnDropHandle<()>,
    /// Held while this process owns the server; the kernel releases it when the process dies.
    _lock: File,
}

impl Embedded {
    /// Starts the server of `config.folder`; creates the cluster and the database first unless they exist.
    ///
    /// # Errors
    /// [`EmbeddedError::InUse`] when another process runs it (see [`running_url`](super::running_url)); otherwise the
    /// error that prevented the start.
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
        log::keep_old(&layout.log).map_err(|source| EmbeddedError::folder(&layout.root, source))?;
        let deadline = Instant::now() + OLD_WORKERS_TIMEOUT;
        let postmaster = loop {
            match Postmaster::start(&run_as, &binaries, &layout, &socket, config.durable).await {
                Err(error) if error.is_temporary() && Instant::now() < deadline => {
                    sleep(RETRY_INTERVAL).await;
                }
                started => break started?,
            }
        };
        let rotation = tokio::spawn(log::rotate(layout.log.clone(), run_as));
        let embedded = Self {
            layout,
            socket,
            version: binaries.version,
            postmaster,
            _rotation: AbortOnDropHandle::new(rotation),
            _lock: lock,
        };
        embedded.create_database().await?;
        Ok(embedded)
    }

    /// The URL at which the superuser that owns AMDA's tables logs in, over the Unix socket.
    pub fn url(&self) -> String {
        self.url_of(DATABASE)
    }

    /// As [`Embedded::url`], for another database of the cluster.
    pub fn url_of(&self, database: &str) -> String {
        url::superuser_url(&self.socket, database)
    }

    /// The URLs of AMDA's database.
    pub fn urls(&self) -> DatabaseUrls {
        self.urls_of(DATABASE)
    }

    /// As [`Embedded::urls`], for another database of the cluster.
    pub fn urls_of(&self, database: &str) -> DatabaseUrls {
        url::urls(&self.socket, database)
    }

    /// The version of the server's program, such as `15.13`.
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
    /// process of it is left. One that does not stop in time is stopped immediately, which loses nothing committed
    /// either.
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

/// The state of the folder before the server starts.
struct Prepared {
    run_as: RunAs,
    layout: Layout,
    socket: PathBuf,
    binaries: Binaries,
    lock: File,
}

impl Prepared {
    fn make(config: &EmbeddedConfig) -> Result<Self, EmbeddedError> {
        let run_as = RunAs::choose(&config.folder)?;
        let layout = Layout::make(&config.folder, &run_as)?;
        let lock = lock(&layout, run_as)?;
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

fn lock(layout: &Layout, run_as: RunAs) -> Result<File, EmbeddedError> {
    let file = File::create(&layout.lock)
        .and_then(|file| run_as.give(&layout.lock).map(|()| file))
        .map_err(|source| EmbeddedError::folder(&layout.root, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(EmbeddedError::InUse {
            folder: layout.root.clone(),
        }),
        Err(TryLockError::Error(source)) => Err(EmbeddedError::folder(&layout.root, source)),
    }
}
