//! The life of a simulator: start, address, shutdown.

use std::net::SocketAddr;
use std::path::PathBuf;

use axum::Router;
use tokio::net::TcpListener;

use super::error::StripeSimulatorError;
use super::persist::Storage;
use super::shared::Core;
use super::state::State;
use super::time::StripeTime;
use super::{api, control, pages, sender};

/// The address, the key and the clock of a simulator.
#[derive(Clone, Debug)]
pub struct StripeSimulatorConfig {
    /// The address to listen on, a loopback one; port 0 takes any free port.
    pub listen: SocketAddr,
    /// The folder for the state. `None` keeps it in memory until the process ends.
    pub data_dir: Option<PathBuf>,
    /// The secret key that callers must show.
    pub secret_key: String,
    /// The clock.
    pub time: StripeTime,
}

/// A running simulator. Clones share it; [`StripeSimulator::shutdown`] ends it for all.
#[derive(Clone)]
pub struct StripeSimulator {
    core: Core,
    address: SocketAddr,
}

impl StripeSimulator {
    /// Starts a simulator and returns when it listens.
    ///
    /// # Errors
    /// [`StripeSimulatorError::NotLoopback`] when others could reach the address, [`StripeSimulatorError::Listen`] when it is
    /// taken or not this machine's, [`StripeSimulatorError::Storage`] or [`StripeSimulatorError::Snapshot`] when the data
    /// folder cannot be used.
    pub async fn start(config: StripeSimulatorConfig) -> Result<Self, StripeSimulatorError> {
        if !config.listen.ip().to_canonical().is_loopback() {
            return Err(StripeSimulatorError::NotLoopback {
                address: config.listen,
            });
        }
        let storage = config.data_dir.as_deref().map(Storage::open).transpose()?;
        let saved = storage.as_ref().map(Storage::load).transpose()?.flatten();
        let mut state = saved.unwrap_or_else(|| State::new(config.time));
        state.time.restart(config.time);
        state.keys.free_unanswered();
        let failed = |source| StripeSimulatorError::Listen {
            address: config.listen,
            source,
        };
        let listener = TcpListener::bind(config.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        state.base_url = format!("http://{address}");
        let core = Core::new(state, storage, config.secret_key);
        let simulator = Self { core, address };
        let routes = Router::new()
            .merge(api::routes(simulator.core.clone()))
            .merge(pages::routes(simulator.core.clone()))
            .nest("/control", control::routes(simulator.clone()));
        let stop = simulator.core.stop_token();
        let serving = axum::serve(listener, routes).with_graceful_shutdown(stop.cancelled_owned());
        simulator.core.spawn(async move {
            if let Err(error) = serving.await {
                tracing::error!(%error, "the Stripe simulator stopped listening");
            }
        });
        simulator.core.spawn(sender::run(simulator.core.clone()));
        Ok(simulator)
    }

    /// The address on which it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base URL for a client, in place of `https://api.stripe.com/`.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Drops every connection and waits until every task has ended.
    pub async fn shutdown(&self) {
        self.core.shutdown().await;
    }

    pub(super) fn core(&self) -> &Core {
        &self.core
    }
}
