//! The simulated WhatsApp, in a process of its own, so that its work is not counted as the servers'.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::ChildStdout;
use tokio::time::timeout;

use super::process::{self, Process};
use crate::cli::{report, terminal};
use crate::server;
use crate::simulator::{Simulator, SimulatorConfig};

/// The hidden command that is the simulated WhatsApp.
const COMMAND: &str = "simulate-whatsapp";
const START_TIMEOUT: Duration = Duration::from_mins(1);

/// A simulated WhatsApp in another process.
pub(super) struct Phones {
    process: Process,
    address: SocketAddr,
    /// Open for as long as the process may write.
    _output: Lines<BufReader<ChildStdout>>,
}

impl Phones {
    pub(super) async fn start() -> anyhow::Result<Self> {
        let mut command = process::amda(&[COMMAND])?;
        command.stdout(Stdio::piped());
        let mut process = Process::start(command)?;
        let output = process
            .take_stdout()
            .expect("the child's output was asked to be a pipe");
        let mut output = BufReader::new(output).lines();
        let line = timeout(START_TIMEOUT, output.next_line())
            .await
            .context("the simulated WhatsApp does not start in time")??;
        let address = line.and_then(|line| line.parse().ok());
        Ok(Self {
            process,
            address: address.context("the simulated WhatsApp does not start")?,
            _output: output,
        })
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) async fn stop(self) -> anyhow::Result<()> {
        self.process.stop().await
    }
}

/// Simulates WhatsApp on a free port of loopback, whose address it prints, until it is stopped.
pub(in crate::cli) async fn simulate_whatsapp() -> anyhow::Result<()> {
    let stopped = terminal::interrupted()?;
    server::raise_descriptor_limit();
    let config = SimulatorConfig {
        listen: ([127, 0, 0, 1], 0).into(),
        data_dir: None,
    };
    let simulator = Simulator::start(config).await?;
    report::print(&simulator.address().to_string())?;
    stopped.await;
    simulator.shutdown().await;
    Ok(())
}
