//! Where everything is put together, started, and stopped in order.
//!
//! ```text
//! start:  listener -> keys -> PostgreSQL -> migrations -> core -> no other server -> features, pipeline -> sessions
//!         -> jobs -> server
//! stop:   server (sockets closed politely) -> sessions (drained) -> jobs -> simulator -> others let in -> PostgreSQL
//! ```

mod adapters;
mod assembly;
#[cfg(feature = "simulator")]
pub mod demo;
mod exports;
mod parts;
mod registry;
mod unsubscribe;
mod web;

pub use assembly::{Assembly, AssemblyParts};
pub use registry::expiries;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::{SharedClock, SystemClock};
use crate::config::{Config, Keys, WhatsAppConfig};
use crate::crypto::MasterKey;
use crate::db::inspect::Inspection;
use crate::db::server::Server;
use crate::db::{self, Db, SingleServer};
use crate::egress::{Egress, Timeouts, Reach, SystemNames};
use crate::event_consumers::ConsumerLoop;
use crate::features::users::Limits;
use crate::features::{Delay, FeatureServices};
use crate::hub::{LocalHub, SharedHub};
use crate::id::Ids;
use crate::jobs::{Pace, Scheduler, Worker};
use crate::media::Objects;
use crate::server::{self, Lifetime};
#[cfg(feature = "simulator")]
use crate::simulator::Simulator;
use crate::vault::Vault;
use crate::whatsapp::outbox::Budget;
use crate::whatsapp::{Supervisor, SupervisorConfig, Timing};
use crate::work::Core;

use adapters::Kept;

/// How many connections to PostgreSQL are open at most.
const CONNECTIONS: usize = 16;

/// How due work is done: a few files at once, and soon. An idle look at the table costs next to nothing.
const PACE: Pace = Pace {
    at_once: 4,
    poll: Duration::from_millis(250),
    lease: Duration::from_mins(1),
    drain: Duration::from_secs(10),
};

/// What a test may choose and an operator need not.
#[derive(Debug, Clone)]
pub struct Tuning {
    /// What time it is.
    pub clock: SharedClock,
    /// The cost of bcrypt.
    pub password_cost: u32,
    /// How often one address may try to come in; none lets everybody do everything as often as they like.
    pub limits: Option<Limits>,
    /// How long sessions wait for what.
    pub timing: Timing,
    /// How much is sent, and how fast.
    pub budget: Budget,
    /// How long after a status its like leaves, and after a message its automatic answer.
    pub delay: Delay,
    /// How long after its time a scheduled status may still leave.
    pub status_grace: TimeDelta,
}

impl Tuning {
    /// As it is in service.
    pub fn in_service() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            password_cost: 12,
            limits: Some(Limits::in_service()),
            timing: Timing::USUAL,
            budget: Budget::USUAL,
            delay: Delay::USUAL,
            status_grace: TimeDelta::minutes(15),
        }
    }
}

/// AMDA, running.
pub struct App {
    /// Where HTTP is served.
    pub address: SocketAddr,
    /// The features' verbs.
    pub services: FeatureServices,
    /// WhatsApp on loopback.
    #[cfg(feature = "simulator")]
    pub simulator: Option<Simulator>,
    supervisor: Arc<Supervisor>,
    lifetime: Lifetime,
    serving: JoinHandle<io::Result<()>>,
    stop: CancellationToken,
    tasks: TaskTracker,
    exclusive: SingleServer,
    database: Server,
}

impl App {
    /// Starts everything; returns when HTTP is served.
    ///
    /// # Errors
    /// Whatever keeps it from starting; then nothing is left running.
    pub async fn start(config: &Config, tuning: Tuning) -> anyhow::Result<Self> {
        // First, for it fails at once when another program has the port.
        let listener = TcpListener::bind(config.listen).await.with_context(|| {
            let address = config.listen;
            format!("cannot listen on {address}; stop what does, or choose another address with --listen")
        })?;
        let keys = Keys::load_or_make(&config.keys)?;
        let database = Server::start(&config.database)
            .await
            .context("the database does not start")?;
        let url = database.url().clone();
        match Self::assemble(config, tuning, &keys, listener, &url).await {
            Ok(assembled) => Ok(assembled(database)),
            Err(error) => {
                if let Err(also) = database.stop().await {
                    tracing::warn!(error = %also, "the database did not stop as it should");
                }
                Err(error)
            }
        }
    }

    async fn assemble(
        config: &Config,
        tuning: Tuning,
        keys: &Keys,
        listener: TcpListener,
        database: &SecretString,
    ) -> anyhow::Result<impl FnOnce(Server) -> Self + use<>> {
        db::migrate(database)
            .await
            .context("the database cannot be brought up to date")?;
        let core = core(keys, &tuning.clock, database)?;
        require_master_key(database, &core.vault).await?;
        let exclusive = SingleServer::claim(database)
            .await
            .context("it cannot be told whether another AMDA serves this database")?;
        let objects = Objects::in_folder(&config.data_dir.join("media"))?;
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());

        #[cfg(feature = "simulator")]
        let simulator = simulator(config).await?;
        #[cfg(feature = "simulator")]
        let whatsapp = simulated(&config.whatsapp, simulator.as_ref())?;
        #[cfg(not(feature = "simulator"))]
        let whatsapp = config.whatsapp.clone();

        let config = Config {
            whatsapp,
            ..config.clone()
        };
        let address = listener.local_addr()?;
        let public_url = web::public_url(&config, address);
        let assembly = Assembly::new(AssemblyParts {
            config: &config,
            tuning: &tuning,
            keys,
            core: core.clone(),
            objects: objects.clone(),
            egress: egress(&config)?,
            public_url: public_url.clone(),
            tasks: tasks.clone(),
            stop: stop.child_token(),
        })?;
        assembly.services.users.recall_revocations().await?;
        let lifetime = Lifetime::default();
        let router = web::router(&config, public_url, &assembly, objects, &lifetime);
        let services = assembly.services.clone();
        let supervisor = Arc::clone(&assembly.parts.supervisor);
        for (handlers, pace) in assembly.workers() {
            let worker = Worker::new(core.clone(), handlers, pace);
            tasks.spawn(worker.run(stop.clone()));
        }
        tasks.spawn(core.db.clone().forward_wakeups(stop.clone()));
        tasks.spawn(Scheduler::new(core.clone(), registry::schedules()).run(stop.clone()));
        tasks.spawn(ConsumerLoop::new(core.clone(), Assembly::consumers()).run(stop.clone()));

        if let Err(error) = supervisor.start_all().await {
            end(&supervisor, &stop, &tasks).await;
            #[cfg(feature = "simulator")]
            if let Some(simulator) = &simulator {
                simulator.shutdown().await;
            }
            return Err(error.into());
        }
        let serving = tokio::spawn(server::serve(listener, router, lifetime.clone()));
        tracing::info!("serving on http://{address}");
        Ok(move |database| Self {
            address,
            services,
            #[cfg(feature = "simulator")]
            simulator,
            supervisor,
            lifetime,
            serving,
            stop,
            tasks,
            exclusive,
            database,
        })
    }

    /// Cancelled when the server begins to stop.
    pub fn stopping(&self) -> CancellationToken {
        self.lifetime.shutdown.child_token()
    }

    /// Waits until the server fails, another one takes the database, or `shutdown` is done waiting; then stops everything
    /// in order.
    ///
    /// # Errors
    /// What did not stop as it should.
    pub async fn run_until(mut self, shutdown: impl Future<Output = ()>) -> anyhow::Result<()> {
        tokio::select! {
            () = shutdown => {}
            () = self.exclusive.lost() => {
                self.stop().await?;
                anyhow::bail!("another AMDA serves this database now");
            }
            served = &mut self.serving => {
                let why = served.map_err(anyhow::Error::from).and_then(|served| Ok(served?));
                self.stop_the_rest().await?;
                return why.context("HTTP is no longer served");
            }
        }
        self.stop().await
    }

    /// Stops everything in order: sockets are closed politely, what was begun is finished, the database goes last.
    ///
    /// # Errors
    /// What did not stop as it should.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.lifetime.shutdown.cancel();
        let served = (&mut self.serving).await;
        self.stop_the_rest().await?;
        served??;
        Ok(())
    }

    async fn stop_the_rest(self) -> anyhow::Result<()> {
        end(&self.supervisor, &self.stop, &self.tasks).await;
        #[cfg(feature = "simulator")]
        if let Some(simulator) = &self.simulator {
            simulator.shutdown().await;
        }
        drop(self.services);
        self.exclusive.release().await;
        self.database.stop().await?;
        Ok(())
    }
}

/// Ends the sessions, and then whatever else runs.
async fn end(supervisor: &Supervisor, stop: &CancellationToken, tasks: &TaskTracker) {
    supervisor.shutdown().await;
    stop.cancel();
    tasks.close();
    tasks.wait().await;
}

/// Refuses to serve with a master key that opens nothing of what this database keeps.
async fn require_master_key(database: &SecretString, vault: &Vault) -> anyhow::Result<()> {
    let kept = Inspection::open(database).await?.any_wrapped_key().await?;
    kept.map_or(Ok(()), |kept| vault.check(&kept)).context(
        "the master key does not open what this database keeps; restore the right one, as AMDA_MASTER_KEY or as \
         master.key in the data folder",
    )
}

/// What the operator's commands work with, beside a running server or without one.
///
/// # Errors
/// When the keys or the database are not to be had, or do not fit each other.
pub async fn core_for_command(config: &Config, database: &SecretString) -> anyhow::Result<Core> {
    db::migrate(database)
        .await
        .context("the database cannot be brought up to date")?;
    let keys = Keys::load_or_make(&config.keys)?;
    let clock: SharedClock = Arc::new(SystemClock);
    let core = core(&keys, &clock, database)?;
    require_master_key(database, &core.vault).await?;
    Ok(core)
}

fn core(keys: &Keys, clock: &SharedClock, database: &SecretString) -> anyhow::Result<Core> {
    let master = MasterKey::from_base64(keys.master.expose_secret())?;
    let hub: SharedHub = Arc::new(LocalHub::default());
    Ok(Core {
        db: Db::connect(database, CONNECTIONS)?,
        vault: Arc::new(Vault::new(master)),
        hub,
        ids: Arc::new(Ids::new(Arc::clone(clock))),
        clock: Arc::clone(clock),
    })
}

fn egress(config: &Config) -> anyhow::Result<Egress> {
    let reach = if config.allows_local_endpoints {
        Reach::PublicAndLoopback
    } else {
        Reach::Public
    };
    Ok(Egress::new(reach, Timeouts::USUAL, Arc::new(SystemNames))?)
}

/// What the sessions are made with.
fn wire(core: &Core, whatsapp: &WhatsAppConfig, tuning: &Tuning, files: Arc<Kept>) -> SupervisorConfig {
    SupervisorConfig {
        core: core.clone(),
        websocket_url: whatsapp.websocket_url.clone(),
        media_base_url: whatsapp.media_url.clone(),
        version: whatsapp.version,
        device_name: whatsapp.device_name.clone(),
        timing: tuning.timing,
        budget: tuning.budget,
        files,
    }
}

#[cfg(feature = "simulator")]
async fn simulator(config: &Config) -> anyhow::Result<Option<Simulator>> {
    let Some(wanted) = &config.simulator else {
        return Ok(None);
    };
    let data_dir = Some(config.data_dir.join("simulator"));
    let config = crate::simulator::SimulatorConfig {
        listen: wanted.listen,
        data_dir,
    };
    Ok(Some(Simulator::start(config).await?))
}

/// Where WhatsApp is: at the simulator, if there is one.
#[cfg(feature = "simulator")]
fn simulated(config: &WhatsAppConfig, simulator: Option<&Simulator>) -> anyhow::Result<WhatsAppConfig> {
    let mut config = config.clone();
    if let Some(simulator) = simulator {
        config.websocket_url = simulator.websocket_url().parse()?;
        config.media_url = Some(simulator.media_base_url().parse()?);
    }
    Ok(config)
}
