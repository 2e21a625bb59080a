//! The life of a simulator: start, addresses, shutdown.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;

use super::error::SimulatorError;
use super::persist::Storage;
use super::registry::Registry;
use super::server;

/// The address and the data folder of a simulator.
#[derive(Clone, Debug)]
pub struct SimulatorConfig {
    /// The address to listen on, a loopback one; port 0 takes any free port.
    pub listen: SocketAddr,
    /// The folder for phones, keys and media. `None` keeps them in memory until the process ends.
    pub data_dir: Option<PathBuf>,
}

/// A running simulator. Clones share it; [`Simulator::shutdown`] ends it for all.
#[derive(Clone)]
pub struct Simulator {
    registry: Arc<Registry>,
    address: SocketAddr,
}

impl Simulator {
    /// Starts a simulator and returns when it listens.
    ///
    /// # Errors
    /// [`SimulatorError::NotLoopback`] when others could reach the address, [`SimulatorError::Listen`] when it is taken or
    /// not this machine's, [`SimulatorError::Storage`] or [`SimulatorError::Snapshot`] when the data folder cannot be used.
    pub async fn start(config: SimulatorConfig) -> Result<Self, SimulatorError> {
        if !config.listen.ip().to_canonical().is_loopback() {
            return Err(SimulatorError::NotLoopback {
                address: config.listen,
            });
        }
        let storage = config.data_dir.as_deref().map(Storage::open).transpose()?;
        let registry = Arc::new(Registry::open(storage)?);
        let failed = |source| SimulatorError::Listen {
            address: config.listen,
            source,
        };
        let listener = TcpListener::bind(config.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let simulator = Self { registry, address };
        let routes = server::routes(simulator.clone());
        let stop = simulator.registry.stop_token();
        // Frames are small, and the next one must not wait until the client has acknowledged the last.
        let listener = listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "TCP_NODELAY could not be set on a connection");
            }
        });
        let serving = axum::serve(listener, routes).with_graceful_shutdown(stop.cancelled_owned());
        simulator.registry.tasks.spawn(async move {
            if let Err(error) = serving.await {
                tracing::error!(%error, "the simulator stopped listening");
            }
        });
        Ok(simulator)
    }

    /// The address on which it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL to which a client connects.
    pub fn websocket_url(&self) -> String {
        format!("ws://{}/ws/chat", self.address)
    }

    /// The base URL that a client puts in place of `https://` and the host in the addresses of media.
    pub fn media_base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Drops every connection and waits until every task has ended.
    pub async fn shutdown(&self) {
        self.registry.stop();
        self.registry.tasks.close();
        self.registry.tasks.wait().await;
    }

    pub(super) fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }
}
