//! HTTP and WebSocket: how the schema is asked, and what surrounds it.
//!
//! ```text
//! request -> layers (id, trace, CORS, gzip, headers) -> http: negotiate, read -> Gateway: who asks, guard, run -> reply
//! socket  -> ws: graphql-transport-ws -> Gateway -> rooms: one execution for all who asked the same -> frames
//! ```
//!
//! Both transports hand an operation to the gateway, which refuses hostile documents before anything is
//! executed (the guard). Neither knows the product: the schema comes in as an [`Executable`], who asks is decided by an
//! [`Authenticator`], and what a viewer's requests carry by a [`RequestScope`].
//!
//! Nothing private is logged: no token, no query text, no variable, no reply.

mod accept;
mod client;
mod executable;
mod fault;
mod gateway;
mod graphiql;
mod guard;
mod health;
mod http;
mod layers;
mod multipart;
mod params;
mod reply;
mod schema;
mod serve;
mod ws;

use std::sync::Arc;
use std::time::Duration;

use async_graphql::Request;
use async_trait::async_trait;
use axum::Router;
use axum::http::Method;
use axum::routing::get;
use thiserror::Error;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;

use crate::clock::SharedClock;
use crate::graphql::Viewer;
use crate::id::Ids;

pub use executable::Executable;
pub use guard::{CostBudget, DocumentLimits};
pub use health::{Check, Probe};
pub use schema::{AmdaSchema, builder, sdl};
pub use serve::serve;
pub use ws::SocketLimits;

use gateway::Gateway;

/// Adds to a viewer's request what its resolvers need, such as the loaders of that viewer's rows.
pub type RequestScope = Arc<dyn Fn(&Viewer, Request) -> Request + Send + Sync>;

/// Everything that the server is made of.
pub struct Parts {
    /// The schema.
    pub schema: Executable,
    /// What the operator decided.
    pub settings: Settings,
    /// Tells who asks.
    pub authenticator: Arc<dyn Authenticator>,
    /// Added to every request of a viewer.
    pub scope: RequestScope,
    /// What must answer before the server calls itself ready.
    pub checks: Vec<Check>,
    /// What time it is: tokens expire by it.
    pub clock: SharedClock,
    /// Where the ids of requests come from.
    pub ids: Arc<Ids>,
    /// When to stop.
    pub lifetime: Lifetime,
}

/// What the operator decided.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where this server is reached; its pages may always call it.
    pub public_url: Url,
    /// Other sites whose pages may call this server, as `https://host[:port]`.
    pub allowed_origins: Vec<String>,
    /// How many proxies of the operator stand in front: so many addresses at the end of `X-Forwarded-For` are
    /// believed. 0 believes none and takes the address of the connection.
    pub proxies: usize,
    /// How long a query or a mutation may take.
    pub operation_timeout: Duration,
    /// How long a request's body may be.
    pub body_bytes: usize,
    /// Whether clients may ask for the schema.
    pub allows_introspection: bool,
    /// Whether a browser that opens `/graphql` gets GraphiQL.
    pub serves_graphiql: bool,
    /// What a document may ask for.
    pub documents: DocumentLimits,
    /// What each client may spend in time; none for no limit.
    pub budget: Option<CostBudget>,
    /// What a socket may do.
    pub sockets: SocketLimits,
}

/// When the server stops, and what it then waits for.
#[derive(Debug, Clone, Default)]
pub struct Lifetime {
    /// Cancelled when the server must stop.
    pub shutdown: CancellationToken,
    /// The open sockets.
    pub sockets: TaskTracker,
    /// The mutations that run.
    pub mutations: TaskTracker,
}

/// Tells who asks.
#[async_trait]
pub trait Authenticator: Send + Sync {
    /// Who the access token `token` belongs to.
    ///
    /// # Errors
    /// [`AuthFailure`].
    async fn authenticate(&self, token: &str) -> Result<Viewer, AuthFailure>;

    /// Returns when somebody who was recognised is no longer welcome, before their token expires.
    async fn until_refused(&self, viewer: Viewer);
}

/// Why nobody was recognised.
#[derive(Debug, Error)]
pub enum AuthFailure {
    /// No token of this server's, or one whose login was revoked.
    #[error("the access token is not valid; sign in again")]
    Invalid,
    /// It was good once.
    #[error("the access token has expired; refresh the session and use the new one")]
    Expired,
    /// It could not be told.
    #[error("the access token could not be checked")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The whole server as one router: `/graphql` (HTTP, WebSocket and GraphiQL), `/healthz`, `/readyz`, and the routes of
/// `others`, all behind the same layers. Serve it with [`serve`].
pub fn router(parts: Parts, others: Router) -> Router {
    let checks = Arc::new(parts.checks.clone());
    let gateway = Arc::new(Gateway::new(parts));
    let graphql = get(http::get)
        .post(http::post)
        .fallback(async |method: Method| http::other_method(&method))
        .with_state(Arc::clone(&gateway));
    let pages = if gateway.settings.serves_graphiql {
        graphiql::routes()
    } else {
        Router::new()
    };
    let all = Router::new()
        .route("/graphql", graphql)
        .route("/healthz", get(async || health::alive()))
        .route("/readyz", get(health::ready).with_state(checks))
        .merge(pages)
        .merge(others)
        .fallback(async || http::nothing_here());
    layers::wrap(all, &gateway)
}
