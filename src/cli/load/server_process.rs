//! A server: `amda serve` in a process of its own.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use parking_lot::Mutex;
use secrecy::ExposeSecret as _;
use secrecy::SecretString;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::ChildStderr;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;

use super::issuer::Issuer;
use super::process::{self, Process};
use super::setting::Setting;
use super::usage;
use crate::id::NodeId;

/// Time limit of a start, which the first server's migrations are a part of.
const START_TIMEOUT: Duration = Duration::from_mins(2);
/// Number of warnings that are kept of a log.
const KEPT_WARNINGS: usize = 5;
/// The line that tells that a server serves, before its address.
const SERVING: &str = "serving on http://";

/// What every server of a measurement is told.
pub(super) struct ServerSettings<'a> {
    pub(super) setting: &'a Setting,
    pub(super) whatsapp: SocketAddr,
    pub(super) issuer: &'a Issuer,
    pub(super) redis_url: Option<&'a SecretString>,
}

/// A server that serves.
pub(super) struct Server {
    process: Process,
    pub(super) address: SocketAddr,
    /// Its id among the nodes.
    pub(super) node: NodeId,
    warnings: Warnings,
    _log: AbortOnDropHandle<()>,
}

/// The last warnings in a log.
#[derive(Clone, Default)]
struct Warnings(Arc<Mutex<VecDeque<String>>>);

impl Server {
    /// Starts a server; returns when it serves.
    pub(super) async fn start(settings: &ServerSettings<'_>) -> anyhow::Result<Self> {
        let mut process = Process::start(settings.command()?)?;
        let log = process
            .take_stderr()
            .expect("the child's log was asked to be a pipe");
        let mut log = BufReader::new(log).lines();
        let warnings = Warnings::default();
        let started = timeout(START_TIMEOUT, read_start(&mut log, &warnings));
        let (node, address) = started.await.context("a server does not start in time")??;
        let rest = warnings.clone();
        let reading = tokio::spawn(async move {
            while let Ok(Some(line)) = log.next_line().await {
                rest.note(&line);
            }
        });
        Ok(Self {
            process,
            address,
            node,
            warnings,
            _log: AbortOnDropHandle::new(reading),
        })
    }

    /// The CPU time that it has used.
    pub(super) fn cpu(&self) -> Option<Duration> {
        usage::cpu(self.process.pid())
    }

    /// The memory that it holds, in KiB.
    pub(super) fn resident_kib(&self) -> Option<u64> {
        usage::resident_kib(self.process.pid())
    }

    /// The last warnings in its log.
    pub(super) fn warnings(&self) -> Vec<String> {
        self.warnings.0.lock().iter().cloned().collect()
    }

    /// Kills it, without a chance to end well.
    pub(super) async fn kill(self) -> anyhow::Result<()> {
        self.process.kill().await
    }

    pub(super) async fn stop(self) -> anyhow::Result<()> {
        self.process.stop().await
    }
}

impl ServerSettings<'_> {
    fn command(&self) -> anyhow::Result<tokio::process::Command> {
        let mut command = process::amda(&["serve", "--listen", "127.0.0.1:0"])?;
        let urls = self.setting.urls();
        command
            .current_dir(self.setting.folder())
            .stderr(Stdio::piped())
            .env("AMDA_LOG_FORMAT", "json")
            .env("AMDA_DATA_DIR", self.setting.folder().join("data"))
            .env("AMDA_WHATSAPP_URL", format!("ws://{}/ws/chat", self.whatsapp))
            .env("AMDA_WHATSAPP_MEDIA_URL", format!("http://{}", self.whatsapp))
            .env("DATABASE_URL", urls.app.expose_secret())
            .envs(self.issuer.settings());
        if let Some(owner) = &urls.owner {
            command.env("AMDA_DATABASE_OWNER_URL", owner.expose_secret());
        }
        if let Some(redis_url) = self.redis_url {
            command.env("REDIS_URL", redis_url.expose_secret());
        }
        Ok(command)
    }
}

/// Reads a log until the server serves; returns its id and its address.
async fn read_start(
    log: &mut Lines<BufReader<ChildStderr>>,
    warnings: &Warnings,
) -> anyhow::Result<(NodeId, SocketAddr)> {
    let mut node = None;
    while let Some(line) = log.next_line().await? {
        warnings.note(&line);
        let line: Value = serde_json::from_str(&line).unwrap_or_default();
        if let Some(id) = line["node.id"].as_str() {
            node = Some(id.parse()?);
        }
        let address = line["message"]
            .as_str()
            .and_then(|text| text.strip_prefix(SERVING));
        if let Some(address) = address {
            let node = node.context("a server does not say which node it is")?;
            return Ok((node, address.parse()?));
        }
    }
    let told: Vec<String> = warnings.0.lock().iter().cloned().collect();
    bail!("a server does not start\n{}", told.join("\n"))
}

impl Warnings {
    /// Keeps a line that is a warning, an error, or the last word of a command that failed.
    fn note(&self, line: &str) {
        let parsed: Result<Value, _> = serde_json::from_str(line);
        let text = match &parsed {
            Ok(entry) => match entry["level"].as_str() {
                Some("WARN" | "ERROR") => entry["message"].as_str().unwrap_or(line),
                _ => return,
            },
            Err(_) => line,
        };
        let mut kept = self.0.lock();
        if kept.len() == KEPT_WARNINGS {
            kept.pop_front();
        }
        kept.push_back(text.to_owned());
    }
}
