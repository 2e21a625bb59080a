//! A server in a process of its own, whose ways to PostgreSQL and Redis can be cut off, and whose clock can be set.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use amda::config::DatabaseUrls;
use amda::simulator::Simulator;
use rustix::process::{Pid, Signal, kill_process};
use secrecy::ExposeSecret;

use super::proxy::Proxy;
use super::switch::Switch;
use crate::pooler::server::Pooler;
use crate::redis::server::RedisServer;

/// Longest wait for the start.
const START_TIMEOUT: Duration = Duration::from_mins(1);
/// Where Debian keeps the library that sets a process's clock (`apt-get install faketime`).
const CLOCK_LIBRARY: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

/// The ways of one server to what the servers share, which outlive its process.
pub(super) struct Ways {
    to_database: Proxy,
    to_redis: Switch,
    /// Between the server and the proxy to the database, at one of the servers.
    pooler: Option<Pooler>,
    urls: DatabaseUrls,
    /// The file that says how wrong the clock is.
    clock: PathBuf,
}

impl Ways {
    /// The ways of server `number`, by a pooler or without.
    pub(super) async fn new(
        number: usize,
        database: &DatabaseUrls,
        redis: &RedisServer,
        folder: &Path,
        is_pooled: bool,
    ) -> Self {
        let to_database = Proxy::before(database);
        let direct = to_database.urls(database);
        let pooler = is_pooled.then(|| Pooler::start_before(to_database.folder()));
        let urls = match &pooler {
            Some(pooler) => pooler.urls(&direct, Some(direct.app.clone())),
            None => direct,
        };
        let ways = Self {
            to_database,
            to_redis: Switch::before(redis.port).await,
            pooler,
            urls,
            clock: folder.join(format!("clock-{number}")),
        };
        ways.set_clock("+0");
        ways
    }

    /// Sets the server's clock `offset` from the machine's, such as `+300`.
    pub(super) fn set_clock(&self, offset: &str) {
        // Replaced as a whole, because the server may read it at any time.
        let new = self.clock.with_extension("new");
        fs::write(&new, offset).unwrap();
        fs::rename(new, &self.clock).unwrap();
    }

    /// Cuts off the ways to the database, to Redis, or both.
    pub(super) fn cut(&self, database: bool, redis: bool) {
        if database {
            self.to_database.cut();
        }
        if redis {
            self.to_redis.cut();
        }
    }

    /// Lets everything pass again, and sets the clock right.
    pub(super) fn mend(&self) {
        self.to_database.mend();
        self.to_redis.mend();
        self.set_clock("+0");
    }

    /// A word on the way, for the table.
    pub(super) fn kind(&self) -> &'static str {
        if self.pooler.is_some() {
            "behind PgBouncer"
        } else {
            "direct"
        }
    }
}

/// A server; killed when it is dropped.
pub(super) struct Server {
    child: Child,
    pub(super) address: SocketAddr,
    /// Its id among the nodes.
    pub(super) node: String,
    _log: Receiver<String>,
}

impl Server {
    /// Starts a server; returns when it serves.
    pub(super) fn start(ways: &Ways, folder: &Path, simulator: &Simulator) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_amda"));
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env_clear()
            .current_dir(folder)
            .env("AMDA_DATA_DIR", folder.join("data"))
            .env("AMDA_WHATSAPP_URL", simulator.websocket_url())
            .env("AMDA_WHATSAPP_MEDIA_URL", simulator.media_base_url())
            .env("DATABASE_URL", ways.urls.app.expose_secret())
            .env(
                "AMDA_DATABASE_OWNER_URL",
                ways.urls.owner.as_ref().unwrap().expose_secret(),
            )
            .env("REDIS_URL", format!("redis://{}", ways.to_redis.address));
        if let Some(direct) = &ways.urls.direct {
            command.env("AMDA_DATABASE_DIRECT_URL", direct.expose_secret());
        }
        assert!(Path::new(CLOCK_LIBRARY).exists(), "apt-get install faketime");
        command
            .env("LD_PRELOAD", CLOCK_LIBRARY)
            .env("FAKETIME_TIMESTAMP_FILE", &ways.clock)
            .env("FAKETIME_CACHE_DURATION", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stderr.take().unwrap());
        let (sender, log) = channel();
        let is_shown = std::env::var_os("AMDA_NODE_LOGS").is_some();
        let id = child.id();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if is_shown {
                    eprintln!("[{id}] {line}");
                }
                let _ = sender.send(line);
            }
        });
        let mut node = String::new();
        let address = loop {
            let line = log.recv_timeout(START_TIMEOUT).expect("the server starts");
            if let Some((_, rest)) = line.split_once("node.id=") {
                rest.split_whitespace()
                    .next()
                    .unwrap_or_default()
                    .clone_into(&mut node);
            }
            if let Some((_, address)) = line.split_once("serving on http://") {
                break address.trim().parse().unwrap();
            }
        };
        Self {
            child,
            address,
            node,
            _log: log,
        }
    }

    pub(super) fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).unwrap();
    }

    /// Waits until the process has ended.
    pub(super) fn wait(mut self) {
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; one that sleeps ends by this signal too.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
