//! Users whose media is fetched from a stand-in for WhatsApp, kept, and captured. Events go in at the pipeline, jobs
//! run when a test says so, operations go in at the schema.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use amda::account::AccountRef;
use amda::clock::{Clock, ManualClock};
use amda::crypto::MasterKey;
use amda::db::Db;
use amda::db::schema::{accounts, users};
use amda::event::{Event, MediaKind, MediaReference};
use amda::features::schema::{AccountLoader, ChatLoader, ContactLoader, MediaLoader, NodeQuery};
use amda::features::{FeatureError, Registry, view_once};
use amda::graphql::Viewer;
use amda::hub::{self, EventRow, LocalHub};
use amda::id::{AccountId, Ids, LoginId, MediaId, UserId};
use amda::jobs::{Handler, Pace, Worker};
use amda::media::{Discard, DiscardAll, Fetch, Links, Objects, OnMedia, Outcome};
use amda::pipeline::Pipeline;
use amda::vault::Vault;
use amda::whatsapp::media::{DownloadError, MediaFetcher, RenewalError};
use amda::work::{Core, Work, WorkError};
use async_graphql::dataloader::DataLoader;
use async_graphql::{MergedObject, Object, Request, Response, Schema, Variables};
use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::ExpressionMethods;
use futures::Stream;
use ring::digest;
use serde_json::Value;
use tokio::sync::{Barrier, Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::database::TestDatabase;

/// How long anything may take before a test gives up.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// Everybody and everything of a test.
pub(crate) struct Darkroom {
    pub(crate) core: Core,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) database: TestDatabase,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) objects: Objects,
    pub(crate) links: Links,
    pub(crate) fetcher: Arc<Shelf>,
    settled: Arc<Settled>,
    progress: tokio::sync::Mutex<mpsc::UnboundedReceiver<Progress>>,
    pipeline: Pipeline,
    schema: Schema<Query, view_once::Mutation, view_once::Subscription>,
}

/// When every test begins: noon in Berlin.
pub(crate) fn noon() -> DateTime<Utc> {
    "2026-11-23T11:00:00Z".parse().unwrap()
}

impl Darkroom {
    /// An empty one.
    pub(crate) async fn build() -> Self {
        let database = TestDatabase::create().await;
        let clock = Arc::new(ManualClock::new(noon()));
        let core = Core {
            db: Db::connect(database.url(), 14).unwrap(),
            vault: Arc::new(Vault::new(MasterKey::generate())),
            hub: Arc::new(LocalHub::default()),
            clock: clock.clone(),
            ids: Arc::new(Ids::seeded(clock.clone(), 7)),
        };
        let folder = tempfile::tempdir().unwrap();
        let objects = Objects::in_folder(folder.path()).unwrap();
        let base = "http://127.0.0.1/".parse().unwrap();
        let links = Links::new(core.vault.master(), base, TimeDelta::minutes(15));
        let (tell, progress) = mpsc::unbounded_channel();
        let fetcher = Arc::new(Shelf {
            files: Mutex::default(),
            clock: clock.clone(),
            crowd: Mutex::default(),
            phone: Mutex::default(),
            asked: Mutex::default(),
            tell: tell.clone(),
        });
        let mut registry = Registry::default();
        view_once::register(&mut registry);
        let schema = Schema::build(Query::default(), view_once::Mutation, view_once::Subscription)
            .data(core.clone())
            .data(core.db.clone())
            .data(Arc::clone(&core.hub))
            .data(links.clone())
            .data(view_once::ViewOnceService::new(core.clone()))
            .finish();
        Self {
            pipeline: Pipeline::new(core.clone(), registry),
            settled: Arc::new(Settled {
                tell,
                is_barred: Mutex::new(false),
            }),
            progress: tokio::sync::Mutex::new(progress),
            core,
            clock,
            folder,
            objects,
            links,
            fetcher,
            schema,
            database,
        }
    }

    /// A new user on `plan`, with one linked account.
    pub(crate) async fn user(&self, plan: &str) -> AccountRef {
        // Not for the whole file: it has an `execute` for everything, schemas among them.
        use diesel_async::RunQueryDsl;

        let user: UserId = self.core.ids.next();
        let now = self.clock.now();
        let row = (
            users::id.eq(user),
            users::email.eq(format!("{user}@example.org")),
            users::password_hash.eq("none"),
            users::locale.eq("en"),
            users::time_zone.eq("Europe/Berlin"),
            users::plan.eq(plan),
            users::created_at.eq(now),
        );
        let work = self.core.begin_new::<WorkError>(user, async |conn| {
            diesel::insert_into(users::table)
                .values(row)
                .execute(conn)
                .await?;
            Ok(())
        });
        work.await.unwrap().commit().await.unwrap();
        let id: AccountId = self.core.ids.next();
        let mut work = self.core.begin(user).await.unwrap();
        diesel::insert_into(accounts::table)
            .values((
                accounts::id.eq(id),
                accounts::user_id.eq(user),
                accounts::link_method.eq("QR"),
                accounts::state.eq("ONLINE"),
                accounts::state_changed_at.eq(now),
                accounts::created_at.eq(now),
                accounts::linked_at.eq(now),
            ))
            .execute(&mut *work)
            .await
            .unwrap();
        work.commit().await.unwrap();
        AccountRef { id, user }
    }

    /// Lets this happen on WhatsApp.
    pub(crate) async fn tell(&self, account: AccountRef, events: &[Event]) {
        self.pipeline.process(account, events).await.unwrap();
    }

    /// Remembers `reference` and has it fetched later.
    pub(crate) async fn want(&self, account: AccountRef, reference: &MediaReference) -> MediaId {
        let mut work = self.core.begin(account.user).await.unwrap();
        let (ids, key, now) = (Arc::clone(&work.ids), Arc::clone(&work.key), work.now);
        let remembered =
            amda::media::remember(&mut work, &ids, &key, account.user, account.id, now, reference);
        let media = remembered.await.unwrap();
        amda::media::fetch_later(&mut work, account, media).await.unwrap();
        work.commit().await.unwrap();
        media
    }

    /// Does what is due until `count` files came to an outcome, and everything that runs then to its end.
    pub(crate) async fn settle(&self, count: usize) {
        self.work_until(count, Progress::Settled).await;
    }

    /// Does what is due until WhatsApp was asked for files `count` times, and everything that runs then to its end.
    pub(crate) async fn ask_whatsapp(&self, count: usize) {
        self.work_until(count, Progress::Asked).await;
    }

    async fn work_until(&self, count: usize, wanted: Progress) {
        let mut progress = self.progress.lock().await;
        while progress.try_recv().is_ok() {}
        // A file that takes its time is not to be fetched by two meanwhile.
        let pace = Pace {
            lease: Duration::from_hours(24),
            ..BUSY
        };
        let running = run_at(&self.core, self.handlers(), pace);
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

    /// What a server does about media.
    pub(crate) fn handlers(&self) -> Vec<Arc<dyn Handler>> {
        vec![
            Arc::new(Fetch {
                core: self.core.clone(),
                objects: self.objects.clone(),
                fetcher: self.fetcher.clone(),
                listeners: vec![Arc::new(view_once::ViewOnceCapture), self.settled.clone()],
                most_bytes: 8 * 1024 * 1024,
                decodings: Semaphore::new(1),
            }),
            Arc::new(Discard {
                db: self.core.db.clone(),
                objects: self.objects.clone(),
            }),
            Arc::new(DiscardAll {
                objects: self.objects.clone(),
            }),
        ]
    }

    /// From now on, nobody admits content.
    pub(crate) fn bar(&self) {
        *self.settled.is_barred.lock().unwrap() = true;
    }

    /// The answer to an operation of the account's user: its data, without any error.
    pub(crate) async fn ask(&self, account: AccountRef, query: &str, variables: Value) -> Value {
        let response = self.schema.execute(self.request(account, query, variables)).await;
        assert!(response.errors.is_empty(), "{:?}", response.errors);
        response.data.into_json().unwrap()
    }

    /// The answers to a subscription of the account's user.
    pub(crate) fn subscribe(
        &self,
        account: AccountRef,
        query: &str,
        variables: Value,
    ) -> impl Stream<Item = Response> + Send + Unpin + use<> {
        Box::pin(
            self.schema
                .execute_stream(self.request(account, query, variables)),
        )
    }

    /// The user's events, in order.
    pub(crate) async fn events(&self, account: AccountRef) -> Vec<EventRow> {
        let mut tx = self.core.db.begin(account.user).await.unwrap();
        let rows = hub::load_after(&mut tx, account.user, 0, 1_000).await.unwrap();
        tx.commit().await.unwrap();
        rows
    }

    fn request(&self, account: AccountRef, query: &str, variables: Value) -> Request {
        let (core, user) = (self.core.clone(), account.user);
        let viewer = Viewer {
            user,
            login: LoginId::from(user.as_uuid()),
            expires_at: self.clock.now() + TimeDelta::minutes(15),
        };
        let service = view_once::ViewOnceService::new(core.clone());
        macro_rules! loader {
            ($loader:expr) => {
                DataLoader::new($loader, tokio::spawn)
            };
        }
        Request::new(query)
            .variables(Variables::from_json(variables))
            .data(viewer)
            .data(About(account))
            .data(loader!(AccountLoader {
                core: core.clone(),
                user
            }))
            .data(loader!(ContactLoader {
                core: core.clone(),
                user
            }))
            .data(loader!(ChatLoader {
                core: core.clone(),
                user
            }))
            .data(loader!(MediaLoader { core, user }))
            .data(loader!(view_once::ViewOnceLoader { service, user }))
    }
}

/// Whose account the operation is about, in the request's data.
#[derive(Clone, Copy)]
struct About(AccountRef);

#[derive(MergedObject, Default)]
struct Query(NodeQuery, ViewerQuery);

#[derive(Default)]
struct ViewerQuery;

#[Object(name = "TestViewerQuery")]
impl ViewerQuery {
    /// Who asks.
    async fn viewer(&self, ctx: &async_graphql::Context<'_>) -> view_once::UserFields {
        let About(account) = *ctx.data_unchecked();
        view_once::UserFields(account.user)
    }

    /// Their account.
    async fn account(&self, ctx: &async_graphql::Context<'_>) -> view_once::AccountFields {
        let About(account) = *ctx.data_unchecked();
        view_once::AccountFields(account)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    Asked,
    Settled,
}

/// What WhatsApp serves.
#[derive(Debug)]
pub(crate) struct Shelf {
    files: Mutex<HashMap<String, Served>>,
    clock: Arc<ManualClock>,
    crowd: Mutex<Option<Arc<Barrier>>>,
    phone: Mutex<Phone>,
    asked: Mutex<Vec<String>>,
    tell: mpsc::UnboundedSender<Progress>,
}

/// What becomes of the download of a file.
#[derive(Debug, Clone)]
pub(crate) enum Served {
    /// It comes.
    Content(Bytes),
    /// It comes when so much time has passed, and the next time at once.
    After(TimeDelta, Bytes),
    /// It fails so.
    Expired,
    /// It fails so.
    TooLarge,
    /// It fails so.
    Unreachable,
}

impl Shelf {
    /// Serves the file at `path` so from now on.
    pub(crate) fn serve(&self, path: &str, served: Served) {
        self.files.lock().unwrap().insert(path.to_owned(), served);
    }

    /// Lets the phone answer so from now on.
    pub(crate) fn set_phone(&self, phone: Phone) {
        *self.phone.lock().unwrap() = phone;
    }

    /// The paths of the files that the phone was asked for, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// Holds every download until there are `count` of them.
    pub(crate) fn gather(&self, count: usize) {
        *self.crowd.lock().unwrap() = Some(Arc::new(Barrier::new(count)));
    }
}

#[async_trait]
impl MediaFetcher for Shelf {
    async fn download(&self, _: AccountRef, reference: &MediaReference) -> Result<Bytes, DownloadError> {
        let served = self.files.lock().unwrap().get(&reference.direct_path).cloned();
        let crowd = self.crowd.lock().unwrap().clone();
        if let Some(crowd) = crowd {
            crowd.wait().await;
        }
        let _ = self.tell.send(Progress::Asked);
        match served {
            Some(Served::Content(content)) => Ok(content),
            Some(Served::After(wait, content)) => {
                self.clock.advance(wait);
                self.serve(&reference.direct_path, Served::Content(content.clone()));
                Ok(content)
            }
            Some(Served::TooLarge) => Err(DownloadError::TooLarge { size_bytes: 1 << 40 }),
            Some(Served::Unreachable) => Err(DownloadError::Unreachable("connection refused".into())),
            Some(Served::Expired) | None => Err(DownloadError::Expired),
        }
    }

    async fn renew(&self, _: AccountRef, reference: &MediaReference) -> Result<String, RenewalError> {
        let phone = self.phone.lock().unwrap().clone();
        self.asked.lock().unwrap().push(reference.direct_path.clone());
        match phone {
            Phone::Has(path) => Ok(path),
            Phone::Lacks => Err(RenewalError::Refused("it was deleted".to_owned())),
            Phone::Offline => Err(RenewalError::Offline),
        }
    }
}

/// What the phone answers when it is asked for an expired file.
#[derive(Debug, Clone, Default)]
pub(crate) enum Phone {
    /// It uploaded it, to this path.
    Has(String),
    /// It does not have it.
    #[default]
    Lacks,
    /// Nothing: it cannot be asked.
    Offline,
}

/// The last listener: tells the test of every outcome.
#[derive(Debug)]
struct Settled {
    tell: mpsc::UnboundedSender<Progress>,
    is_barred: Mutex<bool>,
}

#[async_trait]
impl OnMedia for Settled {
    async fn admit(&self, _: &mut Work, _: MediaId) -> Result<bool, FeatureError> {
        Ok(!*self.is_barred.lock().unwrap())
    }

    async fn on_media(&self, _: &mut Work, _: MediaId, _: &Outcome) -> Result<(), FeatureError> {
        let _ = self.tell.send(Progress::Settled);
        Ok(())
    }
}

/// A worker that runs.
pub(crate) struct Running {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    /// Stops it; returns when everything that ran has come to its end.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        timeout(DEADLINE, self.task)
            .await
            .expect("the worker drains in time")
            .unwrap();
    }
}

/// How the workers of tests go about it: busily.
pub(crate) const BUSY: Pace = Pace {
    at_once: 10,
    poll: Duration::from_millis(5),
    lease: Duration::from_mins(1),
    drain: DEADLINE,
};

/// A worker of these handlers, running.
pub(crate) fn run(core: &Core, handlers: Vec<Arc<dyn Handler>>) -> Running {
    run_at(core, handlers, BUSY)
}

/// The same at another pace.
pub(crate) fn run_at(core: &Core, handlers: Vec<Arc<dyn Handler>>, pace: Pace) -> Running {
    let stop = CancellationToken::new();
    let worker = Worker::new(core.clone(), handlers, pace);
    Running {
        task: tokio::spawn(worker.run(stop.clone())),
        stop,
    }
}

/// The reference of a picture with this content, served at `path`.
pub(crate) fn picture(path: &str, content: &[u8]) -> MediaReference {
    MediaReference {
        kind: MediaKind::Image,
        mime_type: "image/jpeg".to_owned(),
        caption: None,
        direct_path: path.to_owned(),
        media_key: vec![7; 32],
        sha256: digest::digest(&digest::SHA256, content).as_ref().to_vec(),
        encrypted_sha256: vec![9; 32],
        size_bytes: content.len() as u64,
        width: None,
        height: None,
        duration_seconds: None,
        thumbnail: None,
        origin: None,
    }
}

/// Content of `size` bytes in which no two places look the same.
pub(crate) fn content(size: usize) -> Bytes {
    let words = (0_u64..).flat_map(|n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes());
    words.take(size).collect()
}
