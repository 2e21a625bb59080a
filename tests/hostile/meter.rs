use std::sync::Arc;
use std::time::{Duration, Instant};

use amda::clock::SystemClock;
use amda::graphql::{ClientInfo, Identity, Viewer};
use amda::id::Ids;
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
use serde_json::Value;
use tower::ServiceExt as _;

/// Approximate factor by which a build without optimisation is slower.
const SLOWNESS: u32 = if cfg!(debug_assertions) { 10 } else { 1 };
/// The time that no request may take; generous, because the machine is shared.
pub(crate) const MOST_TIME: Duration = Duration::from_millis(100 * SLOWNESS as u64);
/// The memory that no request may take while it is answered, its own body of at most 1 MiB included.
pub(crate) const MOST_BYTES: u64 = 24 * 1024 * 1024;

/// The cost of one request, and its answer.
pub(crate) struct Measured {
    pub(crate) took: Duration,
    /// The most memory that was in use at once.
    pub(crate) peak_bytes: u64,
    pub(crate) answer_bytes: usize,
    pub(crate) answer: Value,
}

impl Measured {
    /// The message of the first error; empty without one.
    pub(crate) fn message(&self) -> &str {
        self.answer["errors"][0]["message"].as_str().unwrap_or_default()
    }

    /// True when the request cost no more than any may.
    pub(crate) fn is_bounded(&self) -> bool {
        self.took <= MOST_TIME && self.peak_bytes <= MOST_BYTES
    }
}

/// A server of the whole schema, without what its resolvers need.
pub(crate) struct Meter {
    runtime: tokio::runtime::Runtime,
    router: Router,
}

impl Meter {
    pub(crate) fn new() -> Self {
        let schema = amda::server::builder().finish();
        let clock = Arc::new(SystemClock);
        let parts = Parts {
            schema: ErasedSchema::new(schema, &amda::server::sdl()),
            settings: settings(),
            authenticator: Arc::new(Nobody),
            scope: Arc::new(|_, request| request),
            checks: Vec::new(),
            limiters: Limiters::in_process(clock.clone(), Metrics::default()),
            metrics: Metrics::default(),
            clock: clock.clone(),
            ids: Arc::new(Ids::new(clock)),
            lifetime: Lifetime::default(),
        };
        // One thread, because the memory is counted by thread.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Self {
            runtime: runtime.unwrap(),
            router: amda::server::router(parts, Router::new()),
        }
    }

    /// Sends `body` to the server and measures the answer.
    pub(crate) fn post(&self, body: String) -> Measured {
        let request = Request::post("/graphql").header("content-type", "application/json");
        let request = request.body(Body::from(body)).unwrap();
        let mut answered = None;
        let started = Instant::now();
        let counted = allocation_counter::measure(|| {
            answered = Some(self.runtime.block_on(async {
                let response = self.router.clone().oneshot(request).await.unwrap();
                to_bytes(response.into_body(), usize::MAX).await.unwrap()
            }));
        });
        let took = started.elapsed();
        let answer = answered.unwrap();
        Measured {
            took,
            peak_bytes: counted.bytes_max,
            answer_bytes: answer.len(),
            answer: serde_json::from_slice(&answer).unwrap(),
        }
    }
}

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
        documents: DocumentLimits::STANDARD,
        budget: None,
        separately_budgeted: Vec::new(),
        connections: ConnectionLimits::for_descriptors(1_024, false),
        operations: QueueLimits::STANDARD,
        sockets: SocketLimits::STANDARD,
    }
}

/// Knows no token.
struct Nobody;

#[async_trait]
impl Authenticator for Nobody {
    async fn authenticate(&self, _: &str, _: &ClientInfo) -> Result<Identity, AuthFailure> {
        Err(AuthFailure::Invalid)
    }

    async fn until_revoked(&self, _: Viewer) {
        std::future::pending::<()>().await;
    }
}
