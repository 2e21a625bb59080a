//! Starting AMDA, and stopping it in order.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::build::BuiltParts;
use super::predecessor::NodeFile;
use super::{Simulation, Tuning};
use crate::config::{Config, DatabaseUrls, Keys};
use crate::db::server::Server;
use crate::features::FeatureServices;
use crate::server::{self, ConnectionLimits, Lifetime};
use crate::telemetry;
use crate::whatsapp::Supervisor;

/// AMDA, running.
pub struct App {
    /// The address at which HTTP is served.
    pub address: SocketAddr,
    /// The address at which metrics are served, where they are.
    pub metrics_address: Option<SocketAddr>,
    /// The features' services.
    pub services: FeatureServices,
    /// The simulated WhatsApp, if there is one.
    pub simulation: Simulation,
    /// The background tasks, which a shutdown waits for.
    pub(super) tasks: TaskTracker,
    supervisor: Arc<Supervisor>,
    lifetime: Lifetime,
    serving: JoinHandle<io::Result<()>>,
    stop: CancellationToken,
    database: Server,
    _node_file: Option<NodeFile>,
}

impl App {
    /// Starts everything; returns when HTTP is served. Boxed here, so that the future of the whole assembly is compiled once,
    /// and not again by who awaits it.
    ///
    /// # Errors
    /// The first failure that prevents the start; then nothing is left running.
    pub fn start(config: &Config, tuning: Tuning) -> BoxFuture<'_, anyhow::Result<Self>> {
        Self::start_all(config, tuning).boxed()
    }

    async fn start_all(config: &Config, tuning: Tuning) -> anyhow::Result<Self> {
        // Bound first, because it fails at once when another program has the port.
        let listener = listen(config.listen, "--listen").await?;
        let metrics = match config.metrics_listen {
            Some(address) => Some(listen(address, "AMDA_METRICS_LISTEN").await?),
            None => None,
        };
        let address = listener.local_addr()?;
        if let Some(missing) = config.find_missing_proxy() {
            tracing::warn!("{missing}");
        }
        let keys = Keys::load_or_make(&config.keys)?;
        let database = Server::start(&config.database)
            .await
            .context("the database does not start")?;
        let urls = database.urls().clone();
        // The future of the whole assembly is large.
        match Box::pin(build_and_start(config, &tuning, &keys, address, &urls)).await {
            Ok(parts) => Ok(Self::serve(parts, address, listener, metrics, database)),
            Err(error) => {
                if let Err(also) = database.stop().await {
                    let chain = telemetry::chain(&also);
                    tracing::warn!("the database did not stop as it should: {chain}");
                }
                Err(error)
            }
        }
    }

    fn serve(
        mut parts: BuiltParts,
        address: SocketAddr,
        listener: TcpListener,
        metrics: Option<TcpListener>,
        database: Server,
    ) -> Self {
        let metrics_address = serve_metrics(&mut parts, metrics);
        let serving = tokio::spawn(server::serve(
            listener,
            parts.router,
            parts.connections,
            parts.lifetime.clone(),
            parts.services.core.metrics.clone(),
        ));
        tracing::info!("serving on http://{address}");
        Self {
            address,
            metrics_address,
            services: parts.services,
            simulation: parts.simulation,
            tasks: parts.tasks,
            supervisor: parts.supervisor,
            lifetime: parts.lifetime,
            serving,
            stop: parts.stop,
            _node_file: parts.node_file,
            database,
        }
    }

    /// A token that is cancelled when the server begins to stop.
    pub fn stopping(&self) -> CancellationToken {
        self.lifetime.shutdown.child_token()
    }

    /// Runs until the server fails or `shutdown` completes; then stops everything in order.
    ///
    /// # Errors
    /// The failure of the server, or of the first part that did not stop as it should.
    pub async fn run_until(mut self, shutdown: impl Future<Output = ()>) -> anyhow::Result<()> {
        tokio::select! {
            () = shutdown => {}
            served = &mut self.serving => {
                let ended = served.map_err(anyhow::Error::from).and_then(|served| Ok(served?));
                self.stop_the_rest().await?;
                return ended.context("HTTP is no longer served");
            }
        }
        Box::pin(self.stop()).await
    }

    /// Stops everything in order: closes the sockets, finishes what was begun, and stops the database last.
    ///
    /// # Errors
    /// The failure of the first part that did not stop as it should.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.lifetime.shutdown.cancel();
        let served = (&mut self.serving).await;
        self.stop_the_rest().await?;
        served??;
        Ok(())
    }

    async fn stop_the_rest(self) -> anyhow::Result<()> {
        stop_tasks(&self.supervisor, &self.stop, &self.tasks).await;
        self.simulation.stop().await;
        drop(self.services);
        self.database.stop().await?;
        Ok(())
    }
}

/// Listens at `address`, which `setting` names.
async fn listen(address: SocketAddr, setting: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .map_err(|error| cannot_listen(address, setting, error))
}

/// The failure to listen, with the remedy for its cause.
fn cannot_listen(address: SocketAddr, setting: &str, error: io::Error) -> anyhow::Error {
    let remedy = match error.kind() {
        io::ErrorKind::AddrInUse => {
            format!("stop the program that does, or choose another port with {setting}")
        }
        io::ErrorKind::PermissionDenied => format!(
            "ports below 1024 are for root and programs with the capability CAP_NET_BIND_SERVICE; choose a higher one with \
             {setting}, and let a proxy with TLS listen on 80 and 443"
        ),
        io::ErrorKind::AddrNotAvailable => format!(
            "this machine has no such address; choose one that it has with {setting}, such as 127.0.0.1 for itself alone or \
             0.0.0.0 for every network"
        ),
        _ => format!("choose another address with {setting}"),
    };
    anyhow::Error::new(error).context(format!("cannot listen on {address}; {remedy}"))
}

/// Serves the metrics at `listener`, until the background tasks end. Returns the address.
fn serve_metrics(parts: &mut BuiltParts, listener: Option<TcpListener>) -> Option<SocketAddr> {
    let (listener, router) = (listener?, parts.metrics_router.take()?);
    let address = listener.local_addr().ok()?;
    let lifetime = Lifetime {
        shutdown: parts.stop.child_token(),
        ..Lifetime::default()
    };
    // Few ask.
    let limits = ConnectionLimits::for_descriptors(0, false);
    let metrics = parts.services.core.metrics.clone();
    parts
        .tasks
        .spawn(server::serve(listener, router, limits, lifetime, metrics));
    tracing::info!("serving metrics on http://{address}/metrics");
    Some(address)
}

/// Builds all parts, spawns the background tasks and starts the sessions; stops both when a session cannot be started.
async fn build_and_start(
    config: &Config,
    tuning: &Tuning,
    keys: &Keys,
    address: SocketAddr,
    database: &DatabaseUrls,
) -> anyhow::Result<BuiltParts> {
    let (parts, background) = BuiltParts::build(config, tuning, keys, address, database).await?;
    background.spawn(&parts.tasks, &parts.stop);
    let started = async {
        if let Some(before) = parts.predecessor {
            parts.supervisor.succeed(before).await?;
        }
        parts.supervisor.start_all().await
    };
    if let Err(error) = started.await {
        stop_tasks(&parts.supervisor, &parts.stop, &parts.tasks).await;
        parts.simulation.stop().await;
        return Err(error.into());
    }
    Ok(parts)
}

/// Stops the sessions, and then all other tasks.
async fn stop_tasks(supervisor: &Supervisor, stop: &CancellationToken, tasks: &TaskTracker) {
    supervisor.shutdown().await;
    stop.cancel();
    tasks.close();
    tasks.wait().await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_why_an_address_cannot_be_served_has_its_own_remedy() {
        let told = |kind: io::ErrorKind| {
            let address = "127.0.0.1:80".parse().unwrap();
            cannot_listen(address, "--listen", kind.into()).to_string()
        };

        assert!(told(io::ErrorKind::AddrInUse).contains("stop the program that does"));
        assert!(told(io::ErrorKind::PermissionDenied).contains("below 1024"));
        assert!(told(io::ErrorKind::AddrNotAvailable).contains("no such address"));
        assert!(!told(io::ErrorKind::Other).contains("stop the program"));
    }
}
