//! Where everything is put together, started, and stopped in order.
//!
//! ```text
//! start:  listener -> keys -> PostgreSQL -> migrations -> core -> features, pipeline -> sessions -> jobs -> server
//! stop:   server (sockets closed politely) -> sessions (drained) -> jobs -> simulator -> PostgreSQL
//! ```

mod adapt;
#[cfg(feature = "simulator")]
pub mod demo;
mod exports;
mod telling;
mod unsubscribe;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;

use crate::clock::{SharedClock, SystemClock};
use crate::config::{Config, DefaultPlan, Keys, WhatsAppConfig};
use crate::crypto::MasterKey;
use crate::db::inspect::Inspection;
use crate::db::server::Server;
use crate::db::{self, Db};
use crate::egress::{Egress, Patience, Reach, SystemNames};
use crate::features::accounts::{self, AccountsService};
use crate::features::analytics::{self, AnalyticsService};
use crate::features::auto_reply::{self, AutoReplyService};
use crate::features::deleted_messages::{self, DeletedMessagesService, KeptMedia, Release};
use crate::features::edited_messages::{self, EditedMessagesService};
use crate::features::graph::Loaders;
use crate::features::kept_items::{self, KeptItemsService};
use crate::features::notifications::{NotificationsService, Notifier, PushService};
use crate::features::scheduled_statuses::{self, Publish, ScheduledStatusesService};
use crate::features::statuses::{self, StatusesService};
use crate::features::uploads::UploadsService;
use crate::features::users::{Limits, TokenService, UsersConfig, UsersService};
use crate::features::view_once::{self, ViewOnceCapture, ViewOnceService};
use crate::features::webhooks::{self, Deliver, WebhookFollower, WebhooksService};
use crate::features::{Delay, Registry, Removes};
use crate::followers::{Follower, Following};
use crate::hub::{LocalHub, SharedHub};
use crate::id::Ids;
use crate::jobs::{Handler, Pace, Schedule, Scheduler, Worker};
use crate::media::uploads::{ExpireUpload, UploadLinks, upload_routes};
use crate::media::{self, Discard, DiscardAll, Fetch, Links, Objects, OnMedia};
use crate::pipeline::Pipeline;
use crate::plan::Plan;
use crate::retention::{self, Expires, Retention, Sweep};
use crate::server::{
    self, AmdaSchema, Check, CostBudget, DocumentLimits, Lifetime, ServerInfo, Settings, SocketLimits,
};
#[cfg(feature = "simulator")]
use crate::simulator::Simulator;
use crate::vault::Vault;
use crate::whatsapp::outbox::{self, Budget};
use crate::whatsapp::{Supervisor, SupervisorConfig, Timing};
use crate::work::Core;

use adapt::{Kept, Tokens};
use telling::Telling;

/// How many connections to PostgreSQL are open at most.
const CONNECTIONS: usize = 16;
/// How long a link to media is good for.
const LINKS_GOOD_FOR: TimeDelta = TimeDelta::minutes(15);
/// The largest file that is fetched.
const LARGEST_MEDIA_BYTES: u64 = 100 << 20;

/// How due work is done: a few files at once, and soon. An idle look at the table costs next to nothing.
const PACE: Pace = Pace {
    at_once: 4,
    poll: Duration::from_millis(250),
    lease: Duration::from_mins(1),
    drain: Duration::from_secs(10),
};
/// How webhooks are delivered: by a worker of their own, for somebody else's server may take its time over each.
const WEBHOOKS_PACE: Pace = Pace { at_once: 32, ..PACE };
/// Where the source code is; the licence asks for it.
const SOURCE_URL: &str = "https://github.com/amda-app/amda";

/// What a test may choose and an operator need not.
#[derive(Debug, Clone)]
pub struct Tuning {
    /// What time it is.
    pub clock: SharedClock,
    /// The cost of bcrypt.
    pub password_cost: u32,
    /// How often one address may try to come in.
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
    pub services: Services,
    /// WhatsApp on loopback.
    #[cfg(feature = "simulator")]
    pub simulator: Option<Simulator>,
    supervisor: Arc<Supervisor>,
    lifetime: Lifetime,
    serving: JoinHandle<io::Result<()>>,
    stop: CancellationToken,
    tasks: TaskTracker,
    database: Server,
}

/// The features' verbs, and what they are made of.
#[derive(Debug, Clone)]
pub struct Services {
    /// The database, keys, hub, clock and chance.
    pub core: Core,
    /// HTTP to addresses that users give.
    pub egress: Egress,
    /// Users.
    pub users: UsersService,
    /// Linked numbers.
    pub accounts: AccountsService,
    /// Statuses and their likes.
    pub statuses: StatusesService,
    /// View-once messages.
    pub view_once: ViewOnceService,
    /// Deleted messages.
    pub deleted_messages: DeletedMessagesService,
    /// Looking back.
    pub analytics: AnalyticsService,
    /// Edited messages.
    pub edited_messages: EditedMessagesService,
    /// Automatic answers.
    pub auto_reply: AutoReplyService,
    /// Scheduled statuses.
    pub scheduled_statuses: ScheduledStatusesService,
    /// Uploads.
    pub uploads: UploadsService,
    /// Notifications.
    pub notifications: NotificationsService,
    /// What users delete.
    pub kept_items: KeptItemsService,
    /// The browsers that users are told by.
    pub push: PushService,
    /// Webhooks.
    pub webhooks: WebhooksService,
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
                database.stop().await?;
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
        let objects = Objects::in_folder(&config.data_dir.join("media"))?;
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());

        #[cfg(feature = "simulator")]
        let simulator = simulator(config).await?;
        #[cfg(feature = "simulator")]
        let whatsapp = simulated(&config.whatsapp, simulator.as_ref())?;
        #[cfg(not(feature = "simulator"))]
        let whatsapp = config.whatsapp.clone();

        let pipeline = Pipeline::new(core.clone(), registry(&tuning));
        let files = Arc::new(Kept {
            core: core.clone(),
            objects: objects.clone(),
        });
        let wire_config = wire(&core, &whatsapp, &tuning, files);
        let supervisor = Supervisor::new(wire_config, Arc::new(pipeline), tasks.clone(), stop.child_token());
        let supervisor = Arc::new(supervisor?);
        let tokens = Arc::new(TokenService::new(
            core.clock.clone(),
            Arc::clone(&core.ids),
            &keys.jwt,
        ));
        let egress = egress(config)?;
        let address = listener.local_addr()?;
        let public_url = public_url(config, address);
        let telling = Telling::new(config, keys, &core, &egress, &public_url)?;
        let services = services(config, &tuning, &core, egress, &telling, &tokens, &supervisor);
        services.users.recall_revocations().await?;
        let mut handlers = handlers(&services, &tuning, &objects, &supervisor);
        handlers.extend(telling.handlers());
        let worker = Worker::new(core.clone(), handlers, PACE);
        tasks.spawn(worker.run(stop.clone()));
        tasks.spawn(core.db.clone().pass_bell_on(stop.clone()));
        let worker = Worker::new(core.clone(), webhook_handlers(&services), WEBHOOKS_PACE);
        tasks.spawn(worker.run(stop.clone()));
        tasks.spawn(Scheduler::new(core.clone(), schedules()).run(stop.clone()));
        tasks.spawn(Following::new(core.clone(), followers()).run(stop.clone()));

        let lifetime = Lifetime::default();
        let router = http(
            config,
            public_url,
            &services,
            telling.pages(&services.notifications),
            tokens,
            objects,
            &lifetime,
        );
        supervisor.start_all().await?;
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
            database,
        })
    }

    /// Cancelled when the server begins to stop.
    pub fn stopping(&self) -> CancellationToken {
        self.lifetime.shutdown.child_token()
    }

    /// Waits until the server fails or `shutdown` is done waiting, then stops everything in order.
    ///
    /// # Errors
    /// What did not stop as it should.
    pub async fn run_until(mut self, shutdown: impl Future<Output = ()>) -> anyhow::Result<()> {
        tokio::select! {
            () = shutdown => {}
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
        self.supervisor.shutdown().await;
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        #[cfg(feature = "simulator")]
        if let Some(simulator) = &self.simulator {
            simulator.shutdown().await;
        }
        drop(self.services);
        self.database.stop().await?;
        Ok(())
    }
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
    Ok(Egress::new(reach, Patience::USUAL, Arc::new(SystemNames))?)
}

/// The features that read events, in their order.
fn registry(tuning: &Tuning) -> Registry {
    let mut registry = Registry::default();
    accounts::register(&mut registry);
    statuses::register(&mut registry, tuning.delay);
    view_once::register(&mut registry);
    deleted_messages::register(&mut registry);
    analytics::register(&mut registry);
    edited_messages::register(&mut registry);
    auto_reply::register(&mut registry, tuning.delay);
    scheduled_statuses::register(&mut registry);
    registry
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

fn services(
    config: &Config,
    tuning: &Tuning,
    core: &Core,
    egress: Egress,
    telling: &Telling,
    tokens: &Arc<TokenService>,
    supervisor: &Arc<Supervisor>,
) -> Services {
    let users = UsersConfig {
        default_plan: match config.default_plan {
            DefaultPlan::Free => Plan::Free,
            DefaultPlan::Premium => Plan::Premium,
        },
        password_cost: tuning.password_cost,
        is_https: config.public_url.scheme() == "https",
        limits: tuning.limits,
    };
    Services {
        core: core.clone(),
        egress: egress.clone(),
        users: UsersService::new(core.clone(), Arc::clone(tokens), users),
        accounts: AccountsService::new(core.clone(), Arc::clone(supervisor)),
        statuses: StatusesService::new(core.clone()),
        view_once: ViewOnceService::new(core.clone()),
        deleted_messages: DeletedMessagesService::new(core.clone()),
        analytics: AnalyticsService::new(core.clone()),
        edited_messages: EditedMessagesService::new(core.clone()),
        auto_reply: AutoReplyService::new(core.clone()),
        scheduled_statuses: ScheduledStatusesService::new(core.clone()),
        uploads: UploadsService::new(core.clone()),
        notifications: NotificationsService::new(core.clone()),
        kept_items: KeptItemsService::new(core.clone(), removable()),
        push: telling.push.clone(),
        webhooks: WebhooksService::new(core.clone(), egress),
    }
}

/// Whoever acts on events after the fact, in their order.
fn followers() -> Vec<Arc<dyn Follower>> {
    vec![Arc::new(Notifier), Arc::new(WebhookFollower)]
}

/// What users may delete of what is kept for them.
fn removable() -> Vec<Arc<dyn Removes>> {
    vec![
        Arc::new(view_once::Removal),
        Arc::new(deleted_messages::Removal),
        Arc::new(edited_messages::Removal),
        Arc::new(statuses::Removal),
    ]
}

/// What is kept for a time and then goes, in the order in which it goes.
pub fn kept() -> Vec<Arc<dyn Expires>> {
    vec![
        Arc::new(statuses::Expiry),
        Arc::new(view_once::Expiry),
        Arc::new(deleted_messages::Expiry),
        Arc::new(edited_messages::Expiry),
        Arc::new(auto_reply::Expiry),
        Arc::new(scheduled_statuses::Expiry),
        Arc::new(accounts::GapExpiry),
        Arc::new(webhooks::LogExpiry),
        Arc::new(retention::Notices),
        Arc::new(kept_items::Expiry),
        Arc::new(outbox::Expiry),
        Arc::new(retention::Events),
    ]
}

/// Whatever comes round.
fn schedules() -> Vec<Schedule> {
    vec![Release::SCHEDULE, Sweep::SCHEDULE, media::Check::SCHEDULE]
}

/// Whatever is done later, and who does it.
fn handlers(
    services: &Services,
    tuning: &Tuning,
    objects: &Objects,
    supervisor: &Arc<Supervisor>,
) -> Vec<Arc<dyn Handler>> {
    let listeners: Vec<Arc<dyn OnMedia>> = vec![Arc::new(ViewOnceCapture), Arc::new(KeptMedia)];
    let fetch = Fetch {
        core: services.core.clone(),
        objects: objects.clone(),
        fetcher: Arc::clone(supervisor) as _,
        listeners,
        most_bytes: LARGEST_MEDIA_BYTES,
    };
    let discard = Discard {
        db: services.core.db.clone(),
        objects: objects.clone(),
    };
    let discard_all = DiscardAll {
        objects: objects.clone(),
    };
    let release = Release {
        service: services.deleted_messages.clone(),
    };
    let sweep = Sweep {
        retention: Retention::new(services.core.clone(), kept()),
    };
    let check = media::Check {
        core: services.core.clone(),
        objects: objects.clone(),
    };
    let expire_upload = ExpireUpload {
        core: services.core.clone(),
    };
    let publish = Publish {
        core: services.core.clone(),
        grace: tuning.status_grace,
    };
    vec![
        Arc::new(fetch),
        Arc::new(expire_upload),
        Arc::new(publish),
        Arc::new(discard),
        Arc::new(discard_all),
        Arc::new(release),
        Arc::new(sweep),
        Arc::new(check),
    ]
}

/// Whatever calls users' servers.
fn webhook_handlers(services: &Services) -> Vec<Arc<dyn Handler>> {
    let deliver = Deliver::new(services.core.clone(), services.egress.clone());
    let alone = deliver.alone();
    vec![Arc::new(deliver), Arc::new(alone)]
}

fn http(
    config: &Config,
    public_url: Url,
    services: &Services,
    pages: Router,
    tokens: Arc<TokenService>,
    objects: Objects,
    lifetime: &Lifetime,
) -> Router {
    let core = &services.core;
    let links = Links::new(core.vault.master(), public_url.clone(), LINKS_GOOD_FOR);
    let upload_links = UploadLinks::new(core.vault.master(), public_url.clone());
    let media = media::routes(core.clone(), objects.clone(), links.clone())
        .merge(upload_routes(core.clone(), objects, upload_links.clone()))
        .merge(exports::routes(services.analytics.clone(), links.clone()));
    let loaders = Loaders {
        core: core.clone(),
        statuses: services.statuses.clone(),
        view_once: services.view_once.clone(),
        deleted_messages: services.deleted_messages.clone(),
        edited_messages: services.edited_messages.clone(),
        auto_reply: services.auto_reply.clone(),
        scheduled_statuses: services.scheduled_statuses.clone(),
        uploads: services.uploads.clone(),
        notifications: services.notifications.clone(),
        kept_items: services.kept_items.clone(),
        webhooks: services.webhooks.clone(),
    };
    let parts = server::Parts {
        schema: server::Executable::new(
            schema(services, links, upload_links, config.simulator.is_some()),
            &server::sdl(),
        ),
        settings: settings(config, public_url),
        authenticator: Arc::new(Tokens(tokens)),
        scope: Arc::new(move |viewer, request| loaders.add_to(viewer, request)),
        checks: vec![Check::database(core.db.clone())],
        clock: Arc::clone(&core.clock),
        ids: Arc::clone(&core.ids),
        lifetime: lifetime.clone(),
    };
    server::router(parts, media.merge(pages))
}

/// The schema with what its resolvers need.
fn schema(services: &Services, links: Links, upload_links: UploadLinks, is_simulated: bool) -> AmdaSchema {
    let info = ServerInfo {
        version: env!("CARGO_PKG_VERSION"),
        source_url: SOURCE_URL.to_owned(),
        is_simulated,
    };
    server::builder()
        .data(info)
        .data(links)
        .data(upload_links)
        .data(services.core.clone())
        .data(services.core.db.clone())
        .data(SharedHub::clone(&services.core.hub))
        .data(services.users.clone())
        .data(services.accounts.clone())
        .data(services.statuses.clone())
        .data(services.view_once.clone())
        .data(services.deleted_messages.clone())
        .data(services.analytics.clone())
        .data(services.edited_messages.clone())
        .data(services.auto_reply.clone())
        .data(services.scheduled_statuses.clone())
        .data(services.uploads.clone())
        .data(services.notifications.clone())
        .data(services.kept_items.clone())
        .data(services.push.clone())
        .data(services.webhooks.clone())
        .finish()
}

fn settings(config: &Config, public_url: Url) -> Settings {
    Settings {
        public_url,
        allowed_origins: config.allowed_origins.clone(),
        proxies: 0,
        operation_timeout: Duration::from_secs(30),
        body_bytes: 1 << 20,
        allows_introspection: true,
        serves_graphiql: true,
        documents: DocumentLimits::STANDARD,
        budget: Some(CostBudget::STANDARD),
        sockets: SocketLimits::STANDARD,
    }
}

/// Where clients reach the server: as configured, with the port that was really taken where any was asked for.
fn public_url(config: &Config, address: SocketAddr) -> Url {
    let mut url = config.public_url.clone();
    if config.listen.port() == 0 && url.port() == Some(0) {
        // An http address takes any port.
        let _ = url.set_port(Some(address.port()));
    }
    url
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
