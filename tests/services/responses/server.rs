//! A server of the computed data. The token of a request is the seed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use amda::clock::ManualClock;
use amda::graphql::{ClientInfo, Credential, Identity, Viewer};
use amda::id::{Ids, SessionId, UserId};
use amda::limiter::Limiters;
use amda::memory_budget::MemoryLimits;
use amda::metrics::Metrics;
use amda::server::{
    AuthFailure, Authenticator, ConnectionLimits, DocumentLimits, ErasedSchema, Lifetime, Parts, QueueLimits,
    Settings, SocketLimits,
};
use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use chrono::{DateTime, TimeDelta};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tower::ServiceExt as _;

use super::data;

/// The server's routes, without a connection.
pub(crate) fn router(lifetime: &Lifetime) -> Router {
    let clock = Arc::new(ManualClock::new(DateTime::UNIX_EPOCH));
    let schema = data::schema();
    let sdl = schema.sdl();
    let parts = Parts {
        schema: ErasedSchema::new(schema, &sdl),
        settings: settings(),
        authenticator: Arc::new(Numbers),
        scope: Arc::new(|viewer, request| request.data(data::seed_of(viewer))),
        checks: Vec::new(),
        limiters: Limiters::in_process(clock.clone(), Metrics::default()),
        metrics: Metrics::default(),
        clock: clock.clone(),
        ids: Arc::new(Ids::new(clock)),
        lifetime: lifetime.clone(),
    };
    amda::server::router(parts, Router::new())
}

/// Sends a query to the routes; the body of the answer.
pub(crate) async fn post(router: &Router, seed: u32, query: &str, variables: &Value) -> String {
    let request = Request::post("/graphql")
        .header("host", "amda.test")
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {seed}"))
        .body(Body::from(
            json!({ "query": query, "variables": variables }).to_string(),
        ))
        .unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

/// Serves the routes on a port of their own.
pub(crate) async fn serve(lifetime: &Lifetime) -> (SocketAddr, JoinHandle<std::io::Result<()>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = amda::server::serve(
        listener,
        router(lifetime),
        settings().connections,
        lifetime.clone(),
        Metrics::default(),
    );
    (address, tokio::spawn(serving))
}

/// Documents may be longer than those of clients.
fn settings() -> Settings {
    Settings {
        public_url: "http://amda.test".parse().unwrap(),
        allowed_origins: Vec::new(),
        proxies: 0,
        trusts_traceparent: false,
        slow_operation: None,
        operation_timeout: Duration::from_secs(30),
        body_bytes: 1 << 20,
        body_memory: MemoryLimits {
            total: 8 << 20,
            per_key: 8 << 20,
            for_small: 0,
            small: 0,
        },
        allows_introspection: true,
        serves_graphiql: false,
        documents: DocumentLimits {
            bytes: 1 << 20,
            tokens: 1 << 20,
            aliases: 1 << 20,
            directives: 1 << 20,
            selections: 1 << 20,
            depth: 1 << 20,
            root_fields: 1 << 20,
            cost: u64::MAX,
            ..DocumentLimits::STANDARD
        },
        budget: None,
        separately_budgeted: Vec::new(),
        connections: ConnectionLimits::for_descriptors(1_024, false),
        operations: QueueLimits::STANDARD,
        sockets: SocketLimits::STANDARD,
    }
}

/// Takes any number for the token of the user of that number.
struct Numbers;

#[async_trait]
impl Authenticator for Numbers {
    async fn authenticate(&self, token: &str, _: &ClientInfo) -> Result<Identity, AuthFailure> {
        let number: u128 = token.parse().map_err(|_| AuthFailure::Invalid)?;
        let viewer = Viewer {
            user: UserId::from(uuid::Uuid::from_u128(number)),
            credential: Credential::Session(SessionId::from(uuid::Uuid::from_u128(number))),
            expires_at: DateTime::UNIX_EPOCH + TimeDelta::hours(1),
        };
        Ok(viewer.into())
    }

    async fn until_revoked(&self, _: Viewer) {
        std::future::pending::<()>().await;
    }
}
