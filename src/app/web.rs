//! The HTTP side: routes, schema and their settings.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use chrono::TimeDelta;
use url::Url;

use super::adapters::Tokens;
use super::{exports, unsubscribe};
use crate::config::Config;
use crate::features::schema::ServerInfo;
use crate::features::{FeatureServices, Parts};
use crate::graphql::Reader;
use crate::media::uploads::{UploadLinks, upload_routes};
use crate::media::{self, Links, Objects};
use crate::server::{self, AmdaSchema, Check, CostBudget, DocumentLimits, Lifetime, Settings, SocketLimits};

/// How long a link to media is good for.
const LINKS_GOOD_FOR: TimeDelta = TimeDelta::minutes(15);
/// Where the source code is; the licence asks for it.
const SOURCE_URL: &str = "https://github.com/amda-app/amda";

/// Every route there is.
pub(super) fn router(
    config: &Config,
    public_url: Url,
    services: &FeatureServices,
    parts: &Parts,
    objects: Objects,
    lifetime: &Lifetime,
) -> Router {
    let core = &services.core;
    let links = Links::new(core.vault.master(), public_url.clone(), LINKS_GOOD_FOR);
    let upload_links = UploadLinks::new(core.vault.master(), public_url.clone());
    let media = media::routes(core.clone(), objects.clone(), links.clone())
        .merge(upload_routes(core.clone(), objects, upload_links.clone()))
        .merge(exports::routes(services.analytics.clone(), links.clone()));
    let readers = core.clone();
    let pages = unsubscribe::routes(services.notifications.clone(), parts.unsubscribing.clone());
    let server = server::Parts {
        schema: server::Executable::new(schema(config, services, links, upload_links), &server::sdl()),
        settings: settings(config, public_url),
        authenticator: Arc::new(Tokens(Arc::clone(&parts.tokens))),
        scope: Arc::new(move |viewer, request| Reader::add_to(&readers, viewer, request)),
        checks: vec![Check::database(core.db.clone())],
        clock: Arc::clone(&core.clock),
        ids: Arc::clone(&core.ids),
        lifetime: lifetime.clone(),
    };
    server::router(server, media.merge(pages))
}

/// The schema with what its resolvers need.
fn schema(
    config: &Config,
    services: &FeatureServices,
    links: Links,
    upload_links: UploadLinks,
) -> AmdaSchema {
    let info = ServerInfo {
        version: env!("CARGO_PKG_VERSION"),
        source_url: SOURCE_URL.to_owned(),
        is_simulated: config.simulator.is_some(),
    };
    let builder = server::builder().data(info).data(links).data(upload_links);
    let builder = services.add_to(builder);
    if config.allows_introspection {
        builder.finish()
    } else {
        // Whoever may not ask for names is not told those that are near.
        builder.disable_suggestions().finish()
    }
}

fn settings(config: &Config, public_url: Url) -> Settings {
    Settings {
        public_url,
        allowed_origins: config.allowed_origins.clone(),
        proxies: config.proxies,
        operation_timeout: Duration::from_secs(30),
        body_bytes: 1 << 20,
        allows_introspection: config.allows_introspection,
        serves_graphiql: config.serves_graphiql,
        documents: DocumentLimits::STANDARD,
        budget: Some(CostBudget::STANDARD),
        sockets: SocketLimits::STANDARD,
    }
}

/// Where clients reach the server: as configured, with the port that was really taken where any was asked for.
pub(super) fn public_url(config: &Config, address: SocketAddr) -> Url {
    let mut url = config.public_url.clone();
    if config.listen.port() == 0 && url.port() == Some(0) {
        // An http address takes any port.
        let _ = url.set_port(Some(address.port()));
    }
    url
}
