//! A server with a small schema of its own, on a real port.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use amda::clock::{Clock, ManualClock};
use amda::graphql::{ClientInfo, Credential, Identity, RequestId, Viewer};
use amda::id::{Ids, SessionId, UserId};
use amda::limiter::Limiters;
use amda::memory_budget::MemoryLimits;
use amda::metrics::Metrics;
use amda::server::{
    AuthFailure, Authenticator, Check, ConnectionLimits, DocumentLimits, ErasedSchema, Lifetime, Parts,
    Probe, QueueLimits, Settings, SocketLimits,
};
use async_graphql::{Context, Error, ErrorExtensions, Object, Result, Schema, Subscription};
use async_trait::async_trait;
use axum::Router;
use chrono::{DateTime, TimeDelta};
use futures::stream::{self, Stream, StreamExt};
use secrecy::ExposeSecret;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::support::graphql::GraphqlClient;
use crate::support::websocket::{SOON, Socket};

/// The running server. Stop it by [`World::stop`]; a test that panics leaves it to the runtime's end.
pub(super) struct World {
    pub(super) address: SocketAddr,
    pub(super) clock: Arc<ManualClock>,
    pub(super) lifetime: Lifetime,
    pub(super) events: Arc<Events>,
    pub(super) serving: JoinHandle<std::io::Result<()>>,
}

/// The events of the world, and counters of their streams.
pub(super) struct Events {
    /// The number of events, which are numbered from 1.
    newest: watch::Sender<i32>,
    /// The number of streams opened since the start.
    opened: watch::Sender<usize>,
    /// The number of streams ended since the start.
    ended: watch::Sender<usize>,
    /// The number of executions of an event.
    executed: AtomicUsize,
    /// The length of an event's text.
    text_bytes: AtomicUsize,
    /// The number of resolvers that reached the door.
    arrived: watch::Sender<usize>,
    /// True while the door is open.
    door: watch::Sender<bool>,
}

impl World {
    pub(super) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// A world with other settings.
    pub(super) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::build(change, Vec::new(), Router::new()).await
    }

    pub(super) async fn build(
        change: impl FnOnce(&mut Settings),
        checks: Vec<Check>,
        routes: Router,
    ) -> Self {
        let clock = Arc::new(ManualClock::new(DateTime::UNIX_EPOCH));
        let events = Arc::new(Events {
            newest: watch::Sender::new(0),
            opened: watch::Sender::new(0),
            ended: watch::Sender::new(0),
            executed: AtomicUsize::new(0),
            text_bytes: AtomicUsize::new(4),
            arrived: watch::Sender::new(0),
            door: watch::Sender::new(false),
        });
        let schema = Schema::build(Query, Mutation, Listen)
            .data(Arc::clone(&events))
            .finish();
        let sdl = schema.sdl();
        let lifetime = Lifetime::default();
        let mut settings = settings();
        change(&mut settings);
        let connections = settings.connections;
        let parts = Parts {
            schema: ErasedSchema::new(schema, &sdl),
            settings,
            authenticator: Arc::new(Names(Arc::clone(&clock))),
            scope: Arc::new(|viewer, request| request.data(Scoped(viewer.user))),
            checks,
            limiters: Limiters::in_process(clock.clone(), Metrics::default()),
            metrics: Metrics::default(),
            clock: clock.clone(),
            ids: Arc::new(Ids::seeded(clock.clone(), 7)),
            lifetime: lifetime.clone(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = amda::server::router(parts, routes);
        let serving = tokio::spawn(amda::server::serve(
            listener,
            router,
            connections,
            lifetime.clone(),
            Metrics::default(),
        ));
        Self {
            address,
            clock,
            lifetime,
            events,
            serving,
        }
    }

    pub(super) fn api(&self) -> GraphqlClient {
        GraphqlClient::new(self.address)
    }

    /// An introduced socket.
    pub(super) async fn socket(&self, token: Option<&str>) -> Socket {
        Socket::open(self.address, token).await
    }

    pub(super) async fn stop(self) {
        self.lifetime.shutdown.cancel();
        tokio::time::timeout(SOON, self.serving)
            .await
            .unwrap()
            .unwrap()
            .unwrap();
    }
}

impl Events {
    pub(super) fn happen(&self, count: i32) {
        self.newest.send_modify(|newest| *newest += count);
    }

    /// Returns when `count` streams have been opened since the start.
    pub(super) async fn opened(&self, count: usize) {
        reached(&self.opened, count).await;
    }

    /// Returns when `count` streams have ended since the start.
    pub(super) async fn ended(&self, count: usize) {
        reached(&self.ended, count).await;
    }

    pub(super) fn executed(&self) -> usize {
        self.executed.load(Ordering::SeqCst)
    }

    pub(super) fn opened_so_far(&self) -> usize {
        *self.opened.borrow()
    }

    /// Returns when `count` resolvers have come to the door since the start.
    pub(super) async fn arrived(&self, count: usize) {
        reached(&self.arrived, count).await;
    }

    /// Opens the door.
    pub(super) fn let_through(&self) {
        self.door.send_replace(true);
    }

    /// Returns when there have been `count` events.
    pub(super) async fn happened(&self, count: i32) {
        let mut newest = self.newest.subscribe();
        let waited = tokio::time::timeout(SOON, newest.wait_for(|newest| *newest >= count)).await;
        waited.expect("it happens soon").unwrap();
    }

    async fn pass_the_door(&self) {
        self.arrived.send_modify(|arrived| *arrived += 1);
        let mut door = self.door.subscribe();
        door.wait_for(|is_open| *is_open).await.unwrap();
    }

    pub(super) fn lengthen(&self, bytes: usize) {
        self.text_bytes.store(bytes, Ordering::SeqCst);
    }
}

async fn reached(counter: &watch::Sender<usize>, count: usize) {
    let mut counter = counter.subscribe();
    let waited = tokio::time::timeout(SOON, counter.wait_for(|so_far| *so_far >= count)).await;
    waited.expect("it happens soon").unwrap();
}

pub(super) fn settings() -> Settings {
    Settings {
        public_url: "http://amda.test".parse().unwrap(),
        allowed_origins: vec!["https://app.test".to_owned()],
        proxies: 0,
        trusts_traceparent: false,
        slow_operation: None,
        operation_timeout: Duration::from_secs(30),
        body_bytes: 1024 * 1024,
        body_memory: MemoryLimits {
            total: 8 * 1024 * 1024,
            per_key: 8 * 1024 * 1024,
            for_small: 0,
            small: 0,
        },
        allows_introspection: true,
        serves_graphiql: true,
        documents: DocumentLimits::STANDARD,
        budget: None,
        separately_budgeted: vec!["touch"],
        connections: ConnectionLimits::for_descriptors(1_024, false),
        operations: QueueLimits::STANDARD,
        sockets: SocketLimits::STANDARD,
    }
}

/// Tokens are names; each has sessions of its own. A token is good for a quarter of an hour.
struct Names(Arc<ManualClock>);

#[async_trait]
impl Authenticator for Names {
    async fn authenticate(&self, token: &str, _: &ClientInfo) -> Result<Identity, AuthFailure> {
        let (user, session) = match token {
            "alice" => (1, 11),
            "alice's phone" => (1, 12),
            "bob" => (2, 21),
            "expired" => return Err(AuthFailure::Expired),
            "unlucky" => return Err(AuthFailure::Unavailable("the database is away".into())),
            _ => return Err(AuthFailure::Invalid),
        };
        let viewer = Viewer {
            user: UserId::from(uuid::Uuid::from_u128(user)),
            credential: Credential::Session(SessionId::from(uuid::Uuid::from_u128(session))),
            expires_at: self.0.now() + TimeDelta::minutes(15),
        };
        Ok(viewer.into())
    }

    async fn until_revoked(&self, _: Viewer) {
        std::future::pending::<()>().await;
    }
}

/// The data that the request scope adds.
struct Scoped(UserId);

/// A probe that answers as it is told.
pub(super) struct Answer(pub(super) Result<(), String>);

#[async_trait]
impl Probe for Answer {
    async fn probe(&self) -> Result<(), String> {
        self.0.clone()
    }
}

struct Query;

#[Object]
impl Query {
    async fn hello(&self, #[graphql(default)] name: Option<String>) -> String {
        format!("Hello, {}!", name.as_deref().unwrap_or("world"))
    }

    /// The viewer's number and that of the scope's user, which must be the same.
    async fn who(&self, ctx: &Context<'_>) -> Option<String> {
        let viewer = ctx.data_opt::<Viewer>()?;
        let scoped = ctx.data_unchecked::<Scoped>();
        (viewer.user == scoped.0).then(|| viewer.user.as_uuid().as_u128().to_string())
    }

    async fn client(&self, ctx: &Context<'_>) -> String {
        let client = ctx.data_unchecked::<ClientInfo>();
        let cookie = client.refresh_cookie.as_ref().map(ExposeSecret::expose_secret);
        format!("{:?} {:?} {cookie:?}", client.ip, client.user_agent)
    }

    async fn request_id(&self, ctx: &Context<'_>) -> String {
        ctx.data_unchecked::<RequestId>().0.clone()
    }

    async fn cookie(&self, ctx: &Context<'_>) -> bool {
        ctx.append_http_header("set-cookie", "a=1; HttpOnly");
        ctx.append_http_header("set-cookie", "b=2; HttpOnly");
        true
    }

    async fn forever(&self) -> bool {
        std::future::pending().await
    }

    /// True, once the door is open.
    async fn at_the_door(&self, ctx: &Context<'_>) -> bool {
        ctx.data_unchecked::<Arc<Events>>().pass_the_door().await;
        true
    }

    async fn leak(&self) -> Result<bool> {
        Err(std::io::Error::other("password of the database: hunter2"))?;
        Ok(true)
    }

    async fn forbidden(&self) -> Result<Option<bool>> {
        Err(Error::new("not yours").extend_with(|_, extensions| extensions.set("code", "FORBIDDEN")))
    }

    /// A value that JSON cannot hold.
    async fn not_a_number(&self) -> f64 {
        f64::NAN
    }

    async fn panics(&self) -> bool {
        assert!(std::env::args().count() == 0, "on purpose");
        true
    }

    async fn list(&self, first: Option<i32>) -> Vec<Query> {
        (0..first.unwrap_or(20)).map(|_| Query).collect()
    }
}

struct Mutation;

#[Object]
impl Mutation {
    async fn touch(&self, ctx: &Context<'_>) -> i32 {
        let events = ctx.data_unchecked::<Arc<Events>>();
        events.happen(1);
        *events.newest.borrow()
    }

    /// Touches when nobody waits for the answer any more.
    async fn touch_when_left_alone(&self, ctx: &Context<'_>) -> i32 {
        let events = ctx.data_unchecked::<Arc<Events>>();
        events.arrived.send_modify(|arrived| *arrived += 1);
        ctx.data_unchecked::<ClientInfo>().gone.cancelled().await;
        events.happen(1);
        *events.newest.borrow()
    }

    /// Touches once the door is open.
    async fn touch_behind_the_door(&self, ctx: &Context<'_>) -> i32 {
        let events = ctx.data_unchecked::<Arc<Events>>();
        events.pass_the_door().await;
        events.happen(1);
        *events.newest.borrow()
    }
}

struct Event(i32);

#[Object]
impl Event {
    async fn number(&self, ctx: &Context<'_>) -> i32 {
        ctx.data_unchecked::<Arc<Events>>()
            .executed
            .fetch_add(1, Ordering::SeqCst);
        self.0
    }

    async fn text(&self, ctx: &Context<'_>) -> String {
        "x".repeat(
            ctx.data_unchecked::<Arc<Events>>()
                .text_bytes
                .load(Ordering::SeqCst),
        )
    }

    async fn viewer(&self, ctx: &Context<'_>) -> Option<String> {
        Some(ctx.data_opt::<Viewer>()?.user.as_uuid().as_u128().to_string())
    }

    async fn even(&self) -> Result<i32> {
        if self.0 % 2 == 0 {
            Ok(self.0)
        } else {
            Err(Error::new("odd").extend_with(|_, extensions| extensions.set("code", "FORBIDDEN")))
        }
    }
}

/// Counts a stream's end when it is dropped.
struct Open(Arc<Events>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.ended.send_modify(|ended| *ended += 1);
    }
}

struct Listen;

#[Subscription(name = "Subscription")]
impl Listen {
    /// Events after a number, or from now on; in order, each once.
    async fn events(&self, ctx: &Context<'_>, after: Option<i32>) -> impl Stream<Item = Event> + use<> {
        follow(ctx, after)
    }

    /// The same, without a way to resume: it begins with the newest event that there is.
    async fn newest(&self, ctx: &Context<'_>) -> impl Stream<Item = Event> + use<> {
        let newest = *ctx.data_unchecked::<Arc<Events>>().newest.borrow();
        follow(ctx, Some((newest - 1).max(0)))
    }

    async fn count(&self, to: i32) -> impl Stream<Item = i32> + use<> {
        stream::iter(1..=to)
    }

    async fn refused(&self) -> Result<stream::Empty<i32>> {
        Err(Error::new("not yours").extend_with(|_, extensions| extensions.set("code", "FORBIDDEN")))
    }

    async fn panicking(&self) -> impl Stream<Item = i32> + use<> {
        stream::once(async { panic!("on purpose") })
    }
}

fn follow(ctx: &Context<'_>, after: Option<i32>) -> impl Stream<Item = Event> + use<> {
    let events = Arc::clone(ctx.data_unchecked::<Arc<Events>>());
    let last = after.unwrap_or_else(|| *events.newest.borrow());
    let newest = events.newest.subscribe();
    events.opened.send_modify(|opened| *opened += 1);
    let open = Open(events);
    stream::unfold((last, newest, open), async |(last, mut newest, open)| {
        newest.wait_for(|newest| *newest > last).await.ok()?;
        Some((last + 1, (last + 1, newest, open)))
    })
    .map(Event)
}
