//! Building all parts of AMDA. Nothing runs yet, except the simulator.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::assembly::{Assembly, AssemblyParts};
use super::metrics::Readings;
use super::nodes::OtherNodes;
use super::predecessor::NodeFile;
use super::simulation::Simulation;
use super::{Tuning, core_setup, registry, web};
use crate::config::{Config, DatabaseUrls, Keys};
use crate::contacts;
use crate::db::{Db, nodes};
use crate::egress::{Egress, Reach, SystemNames, Timeouts};
use crate::event_consumers::ConsumerLoop;
use crate::features::users::UsersService;
use crate::features::{FeatureServices, accounts, scheduled_statuses, statuses, users};
use crate::id::NodeId;
use crate::jobs::{Scheduler, Worker, WorkerOptions};
use crate::server::{self, ConnectionLimits, Lifetime};
use crate::vault::Vault;
use crate::whatsapp::Supervisor;
use crate::whatsapp::store::seal_plain_keys;
use crate::work::{Core, Work};

/// The options of the general worker: a few files at once.
pub(super) const WORKER_OPTIONS: WorkerOptions = WorkerOptions {
    at_once: 4,
    poll: Duration::from_secs(30),
    lease: Duration::from_mins(1),
    drain: Duration::from_secs(10),
};

/// The built parts of AMDA, ready to start.
pub(super) struct BuiltParts {
    pub(super) services: FeatureServices,
    pub(super) simulation: Simulation,
    pub(super) supervisor: Arc<Supervisor>,
    pub(super) router: Router,
    /// The route of the metrics, where they are to be served.
    pub(super) metrics_router: Option<Router>,
    pub(super) connections: ConnectionLimits,
    pub(super) lifetime: Lifetime,
    pub(super) stop: CancellationToken,
    pub(super) tasks: TaskTracker,
    pub(super) node_file: Option<NodeFile>,
    /// The server that ran on the data folder before, and has ended.
    pub(super) predecessor: Option<NodeId>,
}

/// The tasks that run beside the server.
pub(super) struct Background {
    workers: Vec<Worker>,
    scheduler: Scheduler,
    consumers: ConsumerLoop,
    db: Db,
    /// The master keys, whose files are read again.
    vault: Arc<Vault>,
    /// The connection with other nodes.
    others: OtherNodes,
    /// True while there are others.
    has_others: watch::Receiver<bool>,
    /// Refuses what others revoke.
    users: UsersService,
}

impl Background {
    /// Spawns the tasks, which run until `stop`.
    pub(super) fn spawn(self, tasks: &TaskTracker, stop: &CancellationToken) {
        for worker in self.workers {
            tasks.spawn(worker.run(stop.clone()));
        }
        tasks.spawn(self.db.forward_wakeups(stop.clone()));
        tasks.spawn(self.scheduler.run(stop.clone()));
        tasks.spawn(self.consumers.run(stop.clone()));
        let (vault, until) = (self.vault, stop.clone());
        tasks.spawn(async move { vault.follow_files(until).await });
        self.others.spawn(self.users, &self.has_others, tasks, stop);
    }
}

/// Brings what an earlier release stored to the present form, where that takes the keys of the users.
async fn finish_upgrade(core: &Core) -> anyhow::Result<()> {
    contacts::seal_plain(core, accounts::seal_plain)
        .await
        .context("the names and phone numbers that an earlier release stored in clear cannot be sealed")?;
    seal_plain_keys(core)
        .await
        .context("the addresses of WhatsApp keys that an earlier release stored in clear cannot be sealed")?;
    let record = async |work: &mut Work, account, published| {
        // Without an event: they are old.
        statuses::record_published(work, account, published)
            .await
            .map(drop)
    };
    scheduled_statuses::record_unrecorded(core, record)
        .await
        .context("the statuses that an earlier release published cannot be recorded among the owner's")
}

impl BuiltParts {
    /// Migrates the database, and builds everything on it. `address` is where HTTP
    /// will be served.
    pub(super) async fn build(
        config: &Config,
        tuning: &Tuning,
        keys: &Keys,
        address: SocketAddr,
        database: &DatabaseUrls,
    ) -> anyhow::Result<(Self, Background)> {
        core_setup::migrate(database).await?;
        let mut core = core_setup::open_core(
            &keys.master,
            &config.keys,
            &tuning.clock,
            database,
            config.log.slow_query,
        )
        .await?;
        nodes::wait_for_older_release(&core.db).await?;
        let others = OtherNodes::join(&mut core, config.redis.as_ref()).await?;
        let upgrade = core.db.begin_upgrade().await?;
        finish_upgrade(&core).await?;
        upgrade.commit().await?;
        let objects = core_setup::open_media(config, &core).await?;
        let (stop, tasks, lifetime) = (CancellationToken::new(), TaskTracker::new(), Lifetime::default());
        let simulation = Simulation::start(config).await?;
        let config = &simulation.with_sale(config, address)?;
        let whatsapp = simulation.whatsapp(&config.whatsapp)?;
        let public_url = web::public_url(config, address);
        let assembly = Assembly::new(AssemblyParts {
            config,
            whatsapp: &whatsapp,
            tuning,
            keys,
            core: core.clone(),
            objects: objects.clone(),
            egress: egress(config)?,
            issuer_egress: issuer_egress()?,
            public_url: public_url.clone(),
            tasks: tasks.clone(),
            stop: stop.child_token(),
        })?;
        assembly.services.users.recall_revocations().await?;
        let returned = users::delete_again(&core).await?;
        if returned > 0 {
            tracing::warn!(
                "{returned} users who were deleted came back with a backup; they are deleted again"
            );
        }
        let connections =
            ConnectionLimits::for_descriptors(server::raise_descriptor_limit(), config.proxies > 0);
        let redis = others.redis.clone();
        let router = web::router(
            config,
            public_url,
            &assembly,
            objects,
            connections,
            &lifetime,
            redis,
        );
        let services = assembly.services.clone();
        let supervisor = Arc::clone(&assembly.parts.supervisor);
        let metrics_router = match config.metrics_listen {
            Some(_) => Some(Readings::new(&core, Arc::clone(&supervisor), config, tuning)?.router()),
            None => None,
        };
        let (node_file, predecessor) =
            NodeFile::claim(&config.data_dir, supervisor.node()).with_context(|| {
                format!(
                    "the file of this server in {} cannot be written",
                    config.data_dir.display()
                )
            })?;
        let background = Background {
            workers: assembly
                .workers()
                .into_iter()
                .map(|(handlers, options)| Worker::new(core.clone(), handlers, options))
                .collect(),
            scheduler: Scheduler::new(core.clone(), registry::schedules()),
            consumers: ConsumerLoop::new(core.clone(), Assembly::consumers()),
            db: core.db.clone(),
            vault: Arc::clone(&core.vault),
            others,
            has_others: supervisor.others(),
            users: services.users.clone(),
        };
        let parts = Self {
            services,
            simulation,
            supervisor,
            router,
            metrics_router,
            connections,
            lifetime,
            stop,
            tasks,
            node_file,
            predecessor,
        };
        Ok((parts, background))
    }
}

/// HTTP to the operator's issuer of tokens.
pub(super) fn issuer_egress() -> anyhow::Result<Egress> {
    Ok(Egress::new(
        Reach::Configured,
        Timeouts::USUAL,
        Arc::new(SystemNames),
    )?)
}

fn egress(config: &Config) -> anyhow::Result<Egress> {
    let reach = if config.allows_local_endpoints {
        Reach::PublicAndLoopback
    } else {
        Reach::Public
    };
    Ok(Egress::new(reach, Timeouts::USUAL, Arc::new(SystemNames))?)
}
