//! Users with linked accounts, and the whole product between its edges, on a database of its own.
//!
//! WhatsApp's events go in at the pipeline, operations at the schema. Jobs and consumers of events run when a test says
//! so, media comes from a [`FakeFetcher`], and the clock stands until it is moved. There is no HTTP and no session. All
//! features are there, put together by [`amda::app::Assembly`] as in service: a new feature needs nothing here.

use std::sync::Arc;
use std::time::Duration;

use amda::account::AccountRef;
use amda::app::{Assembly, AssemblyParts};
use amda::clock::{Clock, ManualClock};
use amda::db::{self, Fence};
use amda::event::{Event, MediaReference};
use amda::event_consumers::ConsumerLoop;
use amda::features::users::TokenService;
use amda::features::{Feature, FeatureServices};
use amda::graphql::{Credential, Viewer};
use amda::hub::{self, EventRow};
use amda::id::{MediaId, SessionId, UserId};
use amda::jobs::{Handler, WorkerOptions};
use amda::media::Objects;
use amda::pipeline::{Pipeline, PipelineError};
use amda::retention::Expires;
use amda::server::{AmdaSchema, RequestScope};
use amda::whatsapp::Committed;
use amda::work::Core;
use async_graphql::{Request, Response, Variables};
use chrono::TimeDelta;
use futures::Stream;
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::{Mutex, mpsc};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use super::choices::{Choices, keys};
use super::core::{core, insert_account, insert_user};
use super::database::TestDatabase;
use super::fetcher::{FakeFetcher, MediaOutcomes, Progress};
use super::worker::{BUSY, DEADLINE, Running, run, run_at};

/// The product and everybody in it.
pub(crate) struct World {
    pub(crate) core: Core,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) database: TestDatabase,
    pub(crate) services: FeatureServices,
    pub(crate) tokens: Arc<TokenService>,
    /// The source of media.
    pub(crate) fetcher: Arc<FakeFetcher>,
    /// The store of media contents, in `folder`.
    pub(crate) objects: Objects,
    pub(crate) folder: TempDir,
    pipeline: Arc<Pipeline>,
    schema: AmdaSchema,
    scope: RequestScope,
    handlers: Vec<Arc<dyn Handler>>,
    outcomes: Arc<MediaOutcomes>,
    progress: Mutex<mpsc::UnboundedReceiver<Progress>>,
}

impl World {
    /// A world without anybody, at noon.
    pub(crate) async fn build() -> Self {
        Self::with(|_| {}).await
    }

    /// As [`Self::build`], after `choose` has changed something.
    pub(crate) async fn with(choose: impl FnOnce(&mut Choices)) -> Self {
        Self::on(TestDatabase::create().await, choose)
    }

    /// As [`Self::with`], on `database`, which is not read yet.
    pub(crate) fn on(database: TestDatabase, choose: impl FnOnce(&mut Choices)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut choices = Choices::usual(folder.path());
        choose(&mut choices);
        let clock = Arc::new(ManualClock::new(choices.now));
        let core = core(&database, clock.clone());
        let objects = Objects::in_folder(folder.path())
            .and_then(|objects| objects.with_bucket(&choices.config.media))
            .unwrap();
        let mut assembly = Assembly::new(AssemblyParts {
            config: &choices.config,
            whatsapp: &choices.config.whatsapp,
            tuning: &choices.tuning,
            keys: &keys(),
            core: core.clone(),
            objects: objects.clone(),
            egress: choices.egress(),
            issuer_egress: choices.issuer_egress(),
            public_url: choices.config.public_url.clone(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        })
        .expect("the test's configuration is right");
        let (sender, progress) = mpsc::unbounded_channel();
        let fetcher = Arc::new(FakeFetcher::new(clock.clone(), sender.clone()));
        let outcomes = Arc::new(MediaOutcomes::new(sender));
        assembly.fetch.fetcher = fetcher.clone();
        assembly.fetch.listeners.push(outcomes.clone());
        Self {
            core,
            clock,
            database,
            services: assembly.services.clone(),
            tokens: Arc::clone(&assembly.tokens),
            fetcher,
            objects,
            folder,
            pipeline: Arc::clone(&assembly.pipeline),
            schema: assembly.schema.clone(),
            scope: Arc::clone(&assembly.scope),
            handlers: assembly
                .workers()
                .into_iter()
                .flat_map(|(handlers, _)| handlers)
                .collect(),
            outcomes,
            progress: Mutex::new(progress),
        }
    }

    /// A world with one user on `plan`, and the account of theirs.
    pub(crate) async fn with_user(plan: &str) -> (Self, AccountRef) {
        let world = Self::build().await;
        let account = world.user(plan).await;
        (world, account)
    }

    /// A new user on `plan`, with one linked account.
    pub(crate) async fn user(&self, plan: &str) -> AccountRef {
        self.account(insert_user(&self.core, plan).await).await
    }

    /// Another linked account of `user`.
    pub(crate) async fn account(&self, user: UserId) -> AccountRef {
        insert_account(&self.core, user).await
    }

    /// Lets the account receive these events from WhatsApp, as one batch.
    pub(crate) async fn receive(&self, account: AccountRef, events: &[Event]) {
        self.pipeline.process(account, None, events, None).await.unwrap();
    }

    /// As [`Self::receive`], for a session that runs under a lease.
    pub(crate) async fn receive_fenced(
        &self,
        account: AccountRef,
        fence: &Fence,
        events: &[Event],
    ) -> Result<Committed, PipelineError> {
        self.pipeline.process(account, Some(fence), events, None).await
    }

    /// The answer to an operation of the account's user: its data, without any error.
    pub(crate) async fn ask(&self, account: AccountRef, query: &str, variables: Value) -> Value {
        let response = self.respond(account, query, variables).await;
        assert!(response.errors.is_empty(), "{:?}", response.errors);
        response.data.into_json().unwrap()
    }

    /// The answer as it is.
    pub(crate) async fn respond(&self, account: AccountRef, query: &str, variables: Value) -> Response {
        let request = request(query, variables);
        self.execute(Some(self.viewer(account)), request).await
    }

    /// The answers to a subscription of the account's user.
    pub(crate) fn subscribe(
        &self,
        account: AccountRef,
        query: &str,
        variables: Value,
    ) -> impl Stream<Item = Response> + Send + Unpin + use<> {
        self.subscribe_as(self.viewer(account), request(query, variables))
    }

    /// The answers to a subscription of `viewer`.
    pub(crate) fn subscribe_as(
        &self,
        viewer: Viewer,
        request: Request,
    ) -> impl Stream<Item = Response> + Send + Unpin + use<> {
        let request = self.scoped(viewer, request);
        Box::pin(self.schema.execute_stream(request))
    }

    /// The answer to any request of `viewer`, or of nobody.
    pub(crate) async fn execute(&self, viewer: Option<Viewer>, request: Request) -> Response {
        let request = match viewer {
            Some(viewer) => self.scoped(viewer, request),
            None => request,
        };
        self.schema.execute(request).await
    }

    fn scoped(&self, viewer: Viewer, request: Request) -> Request {
        (self.scope)(&viewer, request.data(viewer))
    }

    fn viewer(&self, account: AccountRef) -> Viewer {
        Viewer {
            user: account.user,
            credential: Credential::Session(SessionId::from(account.user.as_uuid())),
            expires_at: self.clock.now() + TimeDelta::minutes(15),
        }
    }

    /// The user's events, in order.
    pub(crate) async fn events(&self, account: AccountRef) -> Vec<EventRow> {
        let mut tx = self.core.db.begin(account.user).await.unwrap();
        let rows = hub::load_after(&mut tx, account.user, 0, 1_000).await.unwrap();
        tx.commit().await.unwrap();
        rows
    }

    /// A connection that sees every user's rows, as the owner of the tables.
    pub(crate) async fn everything(&self) -> diesel_async::AsyncPgConnection {
        db::connect(self.database.url()).await.unwrap()
    }

    /// Runs every consumer of events until the answer is dropped.
    pub(crate) fn consume_events(&self) -> AbortOnDropHandle<()> {
        let consumers = ConsumerLoop::new(self.core.clone(), Assembly::consumers());
        AbortOnDropHandle::new(tokio::spawn(consumers.run(CancellationToken::new())))
    }

    /// Runs the jobs whose kind begins with `kinds`, such as `webhooks.`, until the answer is stopped or dropped.
    pub(crate) fn run(&self, kinds: &str) -> Running {
        run(&self.core, self.handlers(kinds))
    }

    /// The handlers of the jobs whose kind begins with `kinds`.
    pub(crate) fn handlers(&self, kinds: &str) -> Vec<Arc<dyn Handler>> {
        let all = self.handlers.iter();
        let wanted: Vec<_> = all
            .filter(|handler| handler.kind().starts_with(kinds))
            .cloned()
            .collect();
        assert!(!wanted.is_empty(), "no kind of job begins with {kinds}");
        wanted
    }

    /// Records `reference` and has its file fetched later.
    pub(crate) async fn fetch_later(&self, account: AccountRef, reference: &MediaReference) -> MediaId {
        let mut work = self.core.begin(account.user).await.unwrap();
        let media = amda::media::record(&mut work, account.id, reference)
            .await
            .unwrap();
        amda::media::fetch_later(&mut work, account, media).await.unwrap();
        work.commit().await.unwrap();
        media
    }

    /// Runs the due jobs of media until `count` files came to an outcome; returns when each that began has ended.
    pub(crate) async fn settle_media(&self, count: usize) {
        self.run_media_until(count, Progress::Settled).await;
    }

    /// Runs the due jobs of media until `count` downloads were asked for; returns when each that began has ended.
    pub(crate) async fn attempt_downloads(&self, count: usize) {
        self.run_media_until(count, Progress::Asked).await;
    }

    async fn run_media_until(&self, count: usize, wanted: Progress) {
        let mut progress = self.progress.lock().await;
        while progress.try_recv().is_ok() {}
        // The clock jumps, and a file that takes its time must not be fetched by two workers meanwhile.
        let options = WorkerOptions {
            lease: Duration::from_hours(24),
            ..BUSY
        };
        let running = run_at(&self.core, self.handlers("media."), options);
        let waiting = async {
            let mut left = count;
            while left > 0 {
                if progress.recv().await.unwrap() == wanted {
                    left -= 1;
                }
            }
        };
        timeout(DEADLINE, waiting)
            .await
            .expect("the jobs come so far in time");
        running.stop().await;
    }

    /// Lets no media be kept from now on: the last listener refuses it.
    pub(crate) fn refuse_media(&self) {
        self.outcomes.refuse();
    }
}

fn request(query: &str, variables: Value) -> Request {
    Request::new(query).variables(Variables::from_json(variables))
}

/// The removal of what `feature` keeps, of which it has one kind.
pub(crate) fn expiry_of(feature: &dyn Feature) -> Arc<dyn Expires> {
    let mut expiries = feature.expiries();
    assert_eq!(expiries.len(), 1, "{} keeps one kind of item", feature.name());
    expiries.remove(0)
}
