//! The HTTP router: routes, schema and their settings.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use chrono::TimeDelta;
use url::Url;

use super::adapters::Tokens;
use super::assembly::Assembly;
use super::{account_pages, archives, exports, parts, stripe_webhook, unsubscribe};
use crate::config::Config;
use crate::disk::Reserve;
use crate::features::FeatureServices;
use crate::features::schema::ServerInfo;
use crate::media::uploads::{UploadLinks, upload_routes};
use crate::media::{self, Links, Objects};
use crate::memory_budget::MemoryLimits;
use crate::redis::Redis;
use crate::server::{
    self, AmdaSchema, Check, ConnectionLimits, CostBudget, DocumentLimits, Lifetime, QueueLimits, Settings,
    SocketLimits,
};

/// Validity of a link to media.
const LINK_VALIDITY: TimeDelta = TimeDelta::minutes(15);
/// The memory for the bodies of requests: sixty of the largest at once, and room for ordinary ones beside them.
const BODY_MEMORY: MemoryLimits = MemoryLimits {
    total: 64 << 20,
    per_key: 16 << 20,
    for_small: 16 << 20,
    small: 64 << 10,
};
/// The address of the source code, which the licence asks for.
const SOURCE_URL: &str = "https://github.com/amda-app/amda";

/// All routes.
pub(super) fn router(
    config: &Config,
    public_url: Url,
    assembly: &Assembly,
    objects: Objects,
    connections: ConnectionLimits,
    lifetime: &Lifetime,
    redis: Option<Redis>,
) -> Router {
    let services = &assembly.services;
    let core = &services.core;
    let links = links(services, &objects, &public_url);
    let media = media::routes(core.clone(), objects.clone(), links.clone())
        .merge(upload_routes(
            core.clone(),
            objects.clone(),
            upload_links(services, &public_url),
        ))
        .merge(archives::routes(
            services.data_exports.clone(),
            objects,
            links.clone(),
        ))
        .merge(exports::routes(services.analytics.clone(), links));
    let unsubscribe_links = assembly.parts.unsubscribe_links.clone();
    let pages = unsubscribe::routes(services.notifications.clone(), unsubscribe_links)
        .merge(account_pages::routes(services.users.clone()))
        .merge(stripe_webhook::routes(services.billing.clone()));
    let server = server::Parts {
        schema: server::ErasedSchema::new(assembly.schema.clone(), &server::sdl()),
        settings: settings(config, public_url, connections),
        authenticator: Arc::new(Tokens {
            sessions: Arc::clone(&assembly.tokens),
            users: services.users.clone(),
        }),
        scope: Arc::clone(&assembly.scope),
        checks: [Check::database(core.db.clone()), Check::disk(reserve(config))]
            .into_iter()
            .chain(redis.map(Check::redis))
            .collect(),
        limiters: core.limiters.clone(),
        metrics: core.metrics.clone(),
        clock: Arc::clone(&core.clock),
        ids: Arc::clone(&core.ids),
        lifetime: lifetime.clone(),
    };
    server::router(server, media.merge(pages))
}

/// The space that stays free on the disk of the data folder.
pub(super) fn reserve(config: &Config) -> Reserve {
    Reserve::new(&config.data_dir, config.min_free_bytes)
}

/// The schema with the data that its resolvers need.
pub(super) fn schema(
    config: &Config,
    services: &FeatureServices,
    objects: &Objects,
    public_url: &Url,
) -> AmdaSchema {
    let info = ServerInfo {
        version: env!("BUILD_VERSION"),
        source_url: Url::parse(SOURCE_URL).expect("a constant URL").into(),
        is_simulated: config.simulator.is_some(),
        registration: parts::registration(config.registration),
        sells_premium: config.billing.is_some(),
    };
    let builder = server::builder()
        .data(info)
        .data(links(services, objects, public_url))
        .data(upload_links(services, public_url));
    let builder = services.add_to(builder);
    if config.allows_introspection {
        builder.finish()
    } else {
        // Suggestions would reveal names that introspection hides.
        builder.disable_suggestions().finish()
    }
}

fn links(services: &FeatureServices, objects: &Objects, public_url: &Url) -> Links {
    Links::new(services.core.vault.secret(), public_url.clone(), LINK_VALIDITY).with_bucket_of(objects)
}

fn upload_links(services: &FeatureServices, public_url: &Url) -> UploadLinks {
    UploadLinks::new(services.core.vault.secret(), public_url.clone())
}

fn settings(config: &Config, public_url: Url, connections: ConnectionLimits) -> Settings {
    Settings {
        public_url,
        allowed_origins: config.allowed_origins.clone(),
        proxies: config.proxies,
        trusts_traceparent: config
            .traces
            .as_ref()
            .is_some_and(|traces| traces.trusts_traceparent),
        slow_operation: config.log.slow_operation,
        operation_timeout: Duration::from_secs(30),
        body_bytes: 1 << 20,
        body_memory: BODY_MEMORY,
        allows_introspection: config.allows_introspection,
        serves_graphiql: config.serves_graphiql,
        documents: DocumentLimits::STANDARD,
        budget: Some(CostBudget::of_capacity(config.clients.cost_budget)),
        separately_budgeted: vec!["logIn", "refreshSession", "logOut"],
        connections,
        operations: QueueLimits::STANDARD,
        sockets: SocketLimits::STANDARD.with_sockets(config.clients.sockets),
    }
}

/// The address at which clients reach the server: as configured, with the bound port where port 0 was asked for.
pub(super) fn public_url(config: &Config, address: SocketAddr) -> Url {
    let mut url = config.public_url.clone();
    if config.listen.port() == 0 && url.port() == Some(0) {
        // An http address takes any port.
        let _ = url.set_port(Some(address.port()));
    }
    url
}
