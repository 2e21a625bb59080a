//! The server's process: start with a shutdown pipe, readiness, stop, and the stop of a server that was left behind.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::NoTls;
use tokio_postgres::error::SqlState;
use tracing::{info, warn};

use super::binaries::Binaries;
use super::folder::Layout;
use super::lock_file::LockFile;
use super::run_as::RunAs;
use super::url::{MAINTENANCE_DATABASE, superuser_url};
use super::{EmbeddedError, log};

/// Time limit of a start. Recovery after a power failure may take long.
const READY_TIMEOUT: Duration = Duration::from_mins(2);

/// Time limit of an orderly shutdown, which writes everything out.
const STOP_TIMEOUT: Duration = Duration::from_secs(20);
/// Time limit of an immediate shutdown, after the orderly one failed.
const ABORT_TIMEOUT: Duration = Duration::from_secs(5);

/// Interval at which the server's state is polled.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// The start script. A shell in the background waits for the end of its input, which is the end of AMDA, and then
/// signals the server to stop; the shell in front becomes the server. The background shell is started from a subshell
/// that ends at once, because PostgreSQL takes the death of an unknown child for the crash of one of its own. It
/// signals only while the lock file names the server, since the process id could be reused by then.
const START_SCRIPT: &str = r#"
    exec 3<&0 </dev/null
    ( ( while read -r _; do :; done
        read -r pid <"$1/postmaster.pid" && [ "$pid" = $$ ] && kill -INT $$ ) <&3 >/dev/null 2>&1 & )
    shift
    exec "$@" 3<&-
"#;

/// A `postgres` process that is a child of this one.
#[derive(Debug)]
pub(super) struct Postmaster {
    pid: u32,
    child: Child,
    /// The pipe whose end makes the server stop; the death of this process closes it too.
    shutdown_pipe: ChildStdin,
}

impl Postmaster {
    /// Starts the server and waits until it accepts a connection.
    pub(super) async fn start(
        run_as: &RunAs,
        binaries: &Binaries,
        layout: &Layout,
        socket: &Path,
        durable: bool,
    ) -> Result<Self, EmbeddedError> {
        let failed = |source| EmbeddedError::folder(&layout.root, source);
        let log = log::open(&layout.log, *run_as).map_err(failed)?;
        let mut command = run_as.command(Path::new("/bin/sh"));
        command.args(["-c", START_SCRIPT, "sh"]).arg(&layout.cluster);
        command
            .arg(binaries.folder.join("postgres"))
            .arg("-D")
            .arg(&layout.cluster);
        command.args(
            settings(socket, durable)
                .iter()
                .flat_map(|setting| ["-c", setting]),
        );
        command
            .stdin(Stdio::piped())
            .stdout(log.try_clone().map_err(failed)?)
            .stderr(log);
        let spawned = Command::from(command).spawn();
        let mut child = spawned.map_err(|source| EmbeddedError::Spawn {
            program: "/bin/sh".into(),
            source,
        })?;
        let pid = child.id().expect("a child that was not waited for has an id");
        let shutdown_pipe = child
            .stdin
            .take()
            .expect("the child's input was asked to be a pipe");
        let mut postmaster = Self {
            pid,
            child,
            shutdown_pipe,
        };
        match postmaster.wait_until_ready(layout, socket).await {
            Ok(()) => Ok(postmaster),
            Err(error) => {
                postmaster.stop().await?;
                Err(error)
            }
        }
    }

    pub(super) fn pid(&self) -> u32 {
        self.pid
    }

    /// Waits until the lock file names this child and a connection succeeds. A file left by an earlier server, or the
    /// socket of one that is stopping, proves nothing about this one.
    async fn wait_until_ready(&mut self, layout: &Layout, socket: &Path) -> Result<(), EmbeddedError> {
        let url = superuser_url(socket, MAINTENANCE_DATABASE);
        let deadline = Instant::now() + READY_TIMEOUT;
        let log_tail = || log::cause(&fs::read(&layout.log).unwrap_or_default());
        while Instant::now() < deadline {
            let ended = self.child.try_wait().map_err(|source| EmbeddedError::Stop {
                pid: self.pid,
                source,
            })?;
            if let Some(status) = ended {
                return Err(EmbeddedError::Exited {
                    status,
                    log: layout.log.clone(),
                    tail: log_tail(),
                });
            }
            let is_ours = LockFile::read(&layout.cluster).is_some_and(|file| file.is_of(self.pid));
            if is_ours && accepts(&url).await {
                return Ok(());
            }
            sleep(POLL_INTERVAL).await;
        }
        Err(EmbeddedError::NotReady {
            seconds: READY_TIMEOUT.as_secs(),
            log: layout.log.clone(),
            tail: log_tail(),
        })
    }

    /// Closes the shutdown pipe and waits; after the time limit stops the server immediately, and then kills it.
    pub(super) async fn stop(self) -> Result<(), EmbeddedError> {
        let Self {
            pid,
            mut child,
            shutdown_pipe,
        } = self;
        let failed = |source| EmbeddedError::Stop { pid, source };
        drop(shutdown_pipe);
        // The start script does not signal a server whose lock file is not written yet.
        signal(&child, Signal::INT);
        if timeout(STOP_TIMEOUT, child.wait()).await.is_ok() {
            return Ok(());
        }
        warn!(
            "PostgreSQL did not stop within {} s; stopping it at once",
            STOP_TIMEOUT.as_secs()
        );
        signal(&child, Signal::QUIT);
        if timeout(ABORT_TIMEOUT, child.wait()).await.is_ok() {
            return Ok(());
        }
        child.kill().await.map_err(failed)
    }
}

/// Signals a child, unless it has been waited for: its process id could be reused by then.
fn signal(child: &Child, signal: Signal) {
    let pid = child
        .id()
        .and_then(|id| i32::try_from(id).ok())
        .and_then(Pid::from_raw);
    if let Some(pid) = pid {
        // It may have ended since; then there is nothing to signal.
        let _ = kill_process(pid, signal);
    }
}

fn settings(socket: &Path, durable: bool) -> Vec<String> {
    let mut settings = vec![
        "listen_addresses=".to_owned(),
        format!("unix_socket_directories={}", quote(socket)),
        "unix_socket_permissions=0700".to_owned(),
        "cluster_name=amda".to_owned(),
        "log_checkpoints=off".to_owned(),
        // One server on one machine: no replicas to serve, and plans too small to gain from a compiler.
        "wal_level=minimal".to_owned(),
        "max_wal_senders=0".to_owned(),
        "jit=off".to_owned(),
        // Plans that were made while the tables were empty last until there are statistics of them.
        "autovacuum_naptime=10s".to_owned(),
    ];
    if !durable {
        settings.extend(["fsync=off", "synchronous_commit=off", "full_page_writes=off"].map(str::to_owned));
    }
    settings
}

/// Quotes a path for a list setting, in which commas and blanks separate.
fn quote(path: &Path) -> String {
    format!("\"{}\"", path.to_string_lossy().replace('"', "\"\""))
}

async fn accepts(url: &str) -> bool {
    match tokio_postgres::connect(url, NoTls).await {
        Ok(_) => true,
        // It refuses because it has all the connections it can have, so it is ready.
        Err(error) => error.code() == Some(&SqlState::TOO_MANY_CONNECTIONS),
    }
}

/// Stops a server of this cluster that runs although no AMDA holds the folder's lock. The start script of a killed AMDA
/// is stopping it already, unless that was killed as well.
pub(super) async fn stop_leftover(layout: &Layout) -> Result<(), EmbeddedError> {
    let Some(file) = LockFile::read(&layout.cluster) else {
        return Ok(());
    };
    let Some(pid) = file.pid().filter(|_| file.is_of_running_server(&layout.cluster)) else {
        return remove_stale(layout, &file);
    };
    info!(
        "stopping a PostgreSQL (process {}) that an earlier AMDA left behind",
        pid.as_raw_nonzero()
    );
    for (request, limit) in [(Signal::INT, STOP_TIMEOUT), (Signal::QUIT, ABORT_TIMEOUT)] {
        // It may have ended by now.
        let _ = kill_process(pid, request);
        let deadline = Instant::now() + limit;
        while Instant::now() < deadline {
            if !file.is_of_running_server(&layout.cluster) {
                return Ok(());
            }
            sleep(POLL_INTERVAL).await;
        }
    }
    Err(EmbeddedError::Leftover {
        pid: pid.as_raw_nonzero().get(),
        folder: layout.cluster.clone(),
    })
}

/// Deletes a lock file whose process is alive but not a server of this cluster: in a container, process ids are reused
/// soon, and PostgreSQL would refuse to start for as long as that process lives.
fn remove_stale(layout: &Layout, file: &LockFile) -> Result<(), EmbeddedError> {
    if file.pid().is_some_and(|pid| test_kill_process(pid).is_ok()) {
        fs::remove_file(LockFile::path(&layout.cluster))
            .map_err(|source| EmbeddedError::folder(&layout.root, source))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_a_comma_is_one_folder() {
        assert_eq!(quote(Path::new("/a,b \"c\"")), r#""/a,b ""c""""#);
    }
}
