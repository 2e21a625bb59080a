use std::sync::Arc;

use async_graphql::Request;
use axum::Router;
use axum::http::Method;
use axum::routing::get;

use super::executor::Executor;
use super::{Authenticator, Check, ErasedSchema, Lifetime, Settings, graphiql, health, http, layers};
use crate::clock::SharedClock;
use crate::graphql::Viewer;
use crate::id::Ids;
use crate::limiter::Limiters;
use crate::metrics::Metrics;

/// Adds to a viewer's request what its resolvers need, such as the loaders of that viewer's rows.
pub type RequestScope = Arc<dyn Fn(&Viewer, Request) -> Request + Send + Sync>;

/// The parts that the server is made of.
pub struct Parts {
    /// The schema.
    pub schema: ErasedSchema,
    /// The operator's decisions.
    pub settings: Settings,
    /// Recognises viewers.
    pub authenticator: Arc<dyn Authenticator>,
    /// Added to every request of a viewer.
    pub scope: RequestScope,
    /// The checks that must pass before the server calls itself ready.
    pub checks: Vec<Check>,
    /// Limits what clients may spend.
    pub limiters: Limiters,
    /// The numbers that an operator watches.
    pub metrics: Metrics,
    /// The clock by which tokens expire.
    pub clock: SharedClock,
    /// The source of request ids.
    pub ids: Arc<Ids>,
    /// The shutdown signal.
    pub lifetime: Lifetime,
}

/// The whole server as one router: `/graphql` (HTTP, WebSocket and GraphiQL), `/healthz`, `/readyz`, and the routes of
/// `others`, all behind the same layers. Serve it with [`serve`](fn@super::serve).
pub fn router(parts: Parts, others: Router) -> Router {
    let checks = Arc::new(parts.checks.clone());
    let executor = Arc::new(Executor::new(parts));
    let graphql = get(http::get)
        .post(http::post)
        .fallback(async |method: Method| http::other_method(&method))
        .with_state(Arc::clone(&executor));
    let serves_graphiql = executor.settings.serves_graphiql;
    let pages = if serves_graphiql {
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
        .fallback(async move || http::not_found(serves_graphiql));
    layers::wrap(all, &executor)
}
