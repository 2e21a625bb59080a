//! A server in a process of its own.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use amda::config::DatabaseUrls;
use amda::simulator::Simulator;
use rustix::process::{Pid, Signal, kill_process};
use secrecy::ExposeSecret;

/// Longest wait for the start.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// A server; killed when it is dropped.
pub(super) struct Server {
    child: Child,
    pub(super) address: SocketAddr,
    /// Its id among the nodes.
    pub(super) node: String,
    _log: Receiver<String>,
}

impl Server {
    /// Starts a server on the database of `urls`; returns when it serves.
    pub(super) fn start(urls: &DatabaseUrls, folder: &Path, simulator: &Simulator) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_amda"));
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env_clear()
            .current_dir(folder)
            .env("AMDA_DATA_DIR", folder.join("data"))
            .env("AMDA_WHATSAPP_URL", simulator.websocket_url())
            .env("AMDA_WHATSAPP_MEDIA_URL", simulator.media_base_url())
            .env("DATABASE_URL", urls.app.expose_secret())
            .env(
                "AMDA_DATABASE_OWNER_URL",
                urls.owner.as_ref().unwrap().expose_secret(),
            );
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
                node = rest.split_whitespace().next().unwrap_or_default().to_owned();
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
