//! The product between its edges: what takes events in, does due jobs and answers operations. Nothing runs yet.
//!
//! [`App`](super::App) puts it behind HTTP and WhatsApp's sessions; tests call it directly.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;

use super::adapters::StoredFiles;
use super::build::WORKER_OPTIONS;
use super::parts::{self, Running};
use super::{Tuning, registry, web};
use crate::config::{Config, Keys, WhatsAppConfig};
use crate::egress::Egress;
use crate::event_consumers::EventConsumer;
use crate::features::users::TokenService;
use crate::features::{FeatureServices, Parts, Registry};
use crate::graphql::Reader;
use crate::jobs::{Handler, WorkerOptions};
use crate::media::{Fetch, Objects};
use crate::pipeline::Pipeline;
use crate::server::{AmdaSchema, RequestScope};
use crate::whatsapp::{Supervisor, SupervisorConfig};
use crate::work::Core;

/// What the product is assembled from.
pub struct AssemblyParts<'a> {
    /// The operator's decisions.
    pub config: &'a Config,
    /// The address of WhatsApp, or of the simulator.
    pub whatsapp: &'a WhatsAppConfig,
    /// The values that a test may choose.
    pub tuning: &'a Tuning,
    /// The secret keys.
    pub keys: &'a Keys,
    /// The database, keys, hub, clock and ids.
    pub core: Core,
    /// The store of media contents.
    pub objects: Objects,
    /// HTTP to addresses that users give.
    pub egress: Egress,
    /// HTTP to the operator's issuer of tokens.
    pub issuer_egress: Egress,
    /// The beginning of every link to this server.
    pub public_url: Url,
    /// The tracker of the sessions' tasks.
    pub tasks: TaskTracker,
    /// Ends the sessions when it is cancelled.
    pub stop: CancellationToken,
}

/// The assembled product.
pub struct Assembly {
    /// The features' verbs.
    pub services: FeatureServices,
    /// Takes WhatsApp's events in, feature by feature.
    pub pipeline: Arc<Pipeline>,
    /// Issues and checks access tokens.
    pub tokens: Arc<TokenService>,
    /// Fetches media. A test replaces the source and adds listeners before it asks for [`Self::workers`].
    pub fetch: Fetch,
    /// The schema with everything that its resolvers need.
    pub schema: AmdaSchema,
    /// Adds to a request of a viewer what its resolvers load rows with.
    pub scope: RequestScope,
    pub(super) parts: Parts,
    handlers: Vec<Arc<dyn Handler>>,
}

impl Assembly {
    /// Assembles the product.
    ///
    /// # Errors
    /// When a setting cannot be used: an address of WhatsApp's or of the mail server, or the VAPID key.
    pub fn new(parts: AssemblyParts<'_>) -> anyhow::Result<Self> {
        let AssemblyParts {
            config,
            whatsapp,
            tuning,
            keys,
            core,
            objects,
            egress,
            issuer_egress,
            public_url,
            tasks,
            stop,
        } = parts;
        let pipeline = Arc::new(Pipeline::new(core.clone(), Registry::new(tuning.delay)));
        let sessions = supervisor_config(&core, whatsapp, tuning, &objects);
        let supervisor = Supervisor::new(sessions, Arc::clone(&pipeline) as _, tasks, stop)?;
        let running = Running {
            core: core.clone(),
            egress,
            objects: objects.clone(),
            issuer_egress,
            supervisor: Arc::new(supervisor),
        };
        let parts = parts::parts(config, tuning, keys, running, &public_url)?;
        let services = FeatureServices::new(&parts);
        Ok(Self {
            pipeline,
            tokens: Arc::clone(&parts.tokens),
            fetch: registry::fetch(&parts, &objects),
            schema: web::schema(config, &services, &objects, &public_url),
            scope: Arc::new(move |viewer, request| Reader::add_to(&core, viewer, request)),
            handlers: registry::handlers(&parts, &objects),
            services,
            parts,
        })
    }

    /// The handlers of every kind of job, grouped by the worker that runs them, and the options of each worker.
    pub fn workers(self) -> Vec<(Vec<Arc<dyn Handler>>, WorkerOptions)> {
        let mut handlers = self.handlers;
        handlers.push(Arc::new(self.fetch));
        let mut workers = vec![(handlers, WORKER_OPTIONS)];
        workers.extend(registry::own_workers(&self.parts).into_iter().map(|own| {
            let options = WorkerOptions {
                at_once: own.at_once,
                ..WORKER_OPTIONS
            };
            (own.handlers, options)
        }));
        workers
    }

    /// The consumers of committed events, in their order.
    pub fn consumers() -> Vec<Arc<dyn EventConsumer>> {
        registry::consumers()
    }
}

fn supervisor_config(
    core: &Core,
    whatsapp: &WhatsAppConfig,
    tuning: &Tuning,
    objects: &Objects,
) -> SupervisorConfig {
    SupervisorConfig {
        core: core.clone(),
        websocket_url: whatsapp.websocket_url.clone(),
        media_base_url: whatsapp.media_url.clone(),
        version: whatsapp.version,
        device_name: whatsapp.device_name.clone(),
        timing: tuning.timing,
        lease: tuning.lease,
        budget: tuning.budget,
        files: Arc::new(StoredFiles {
            core: core.clone(),
            objects: objects.clone(),
        }),
    }
}
