//! Users whose events are sent to receivers.

use std::sync::Arc;
use std::time::Duration;

use amda::account::AccountRef;
use amda::clock::{Clock, ManualClock, SystemClock};
use amda::crypto::MasterKey;
use amda::db::Db;
use amda::db::schema::{accounts, users};
use amda::egress::{Egress, Patience, Reach, SystemNames};
use amda::event_consumers::ConsumerLoop;
use amda::features::schema::{AccountLoader, NodeQuery};
use amda::features::webhooks::{self, Deliver, WebhookConsumer, WebhooksService};
use amda::features::webhooks::{WebhookAttemptLoader, WebhookDeliveryLoader, WebhookEndpointLoader};
use amda::graphql::Viewer;
use amda::hub::{EventKind, LocalHub, SharedHub};
use amda::id::{AccountId, Ids, LoginId, UserId};
use amda::jobs::{Handler, Pace, Worker};
use amda::vault::Vault;
use amda::work::{Core, WorkError};
use async_graphql::dataloader::DataLoader;
use async_graphql::{MergedObject, Object, Request, Response, Schema, Variables};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use diesel::ExpressionMethods;
use futures::Stream;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{log_of, text, tries};
use crate::support::database::TestDatabase;
use crate::support::receiver::Receiver;

/// How long anything may take before a test gives up.
pub(super) const DEADLINE: Duration = Duration::from_secs(30);

/// Users whose events are sent to receivers. No WhatsApp and no HTTP but the receivers': events are emitted in units of
/// work, operations go in at the schema, and the clock stands until it is moved.
pub(super) struct Yard {
    pub(super) core: Core,
    pub(super) clock: Arc<ManualClock>,
    egress: Egress,
    schema: Schema<Query, webhooks::Mutation, webhooks::Subscription>,
    running: Option<Running>,
    _database: TestDatabase,
}

/// Followers and jobs at work.
struct Running {
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

#[derive(MergedObject, Default)]
struct Query(NodeQuery, ViewerQuery);

#[derive(Default)]
struct ViewerQuery;

#[Object(name = "TestViewerQuery")]
impl ViewerQuery {
    /// Who asks.
    async fn viewer(&self, ctx: &async_graphql::Context<'_>) -> webhooks::UserFields {
        webhooks::UserFields(ctx.data_unchecked::<Viewer>().user)
    }
}

/// An endpoint as its owner knows it.
#[derive(Debug, Clone)]
pub(super) struct Owned {
    pub(super) id: String,
    pub(super) secret: String,
}

const LOG: &str = "{ viewer { webhookEndpoints {
    id url description kinds accounts { id } isEnabled disabledReason failingSince previousSecretExpiresAt createdAt
    deliveries(first: 100) { edges { node {
        id webhookId state kind sequence cursor subjectId nextTryAt settledAt account { id }
        attempts { attemptedAt durationMs isSuccess status error response }
    } } }
} } }";

impl Yard {
    /// An empty one, at work.
    pub(super) async fn build() -> Self {
        Self::reaching(Reach::PublicAndLoopback).await
    }

    /// One whose endpoints may be as far as `reach`.
    pub(super) async fn reaching(reach: Reach) -> Self {
        let database = TestDatabase::create().await;
        // The receivers' library compares with the real time; the database keeps microseconds.
        let clock = Arc::new(ManualClock::new(SystemClock.now().trunc_subsecs(6)));
        let core = Core {
            db: Db::connect(database.url(), 12).unwrap(),
            vault: Arc::new(Vault::new(MasterKey::generate())),
            hub: Arc::new(LocalHub::default()),
            clock: clock.clone(),
            ids: Arc::new(Ids::seeded(clock.clone(), 7)),
        };
        // Who does not answer is waited for as long as any test lasts.
        let patience = Patience {
            connect: DEADLINE,
            whole: 4 * DEADLINE,
        };
        let egress = Egress::new(reach, patience, Arc::new(SystemNames)).unwrap();
        let schema = Schema::build(Query::default(), webhooks::Mutation, webhooks::Subscription)
            .data(core.clone())
            .data(core.db.clone())
            .data(SharedHub::clone(&core.hub))
            .data(WebhooksService::new(core.clone(), egress.clone()))
            .finish();
        let mut yard = Self {
            core,
            clock,
            egress,
            schema,
            running: None,
            _database: database,
        };
        yard.work();
        yard
    }

    /// Puts followers and jobs to work.
    pub(super) fn work(&mut self) {
        let stop = CancellationToken::new();
        let deliver = Deliver::new(self.core.clone(), self.egress.clone());
        let alone = deliver.alone();
        let handlers: Vec<Arc<dyn Handler>> = vec![Arc::new(deliver), Arc::new(alone)];
        let pace = Pace {
            at_once: 16,
            poll: Duration::from_millis(10),
            // The clock jumps, and what is at work must not seem abandoned.
            lease: Duration::from_hours(10_000),
            drain: Duration::ZERO,
        };
        let worker = Worker::new(self.core.clone(), handlers, pace);
        let following = ConsumerLoop::new(self.core.clone(), vec![Arc::new(WebhookConsumer)]);
        let tasks = vec![
            tokio::spawn(worker.run(stop.clone())),
            tokio::spawn(following.run(stop.clone())),
        ];
        self.running = Some(Running { stop, tasks });
    }

    /// Stops them as a node that goes does: what is being sent is broken off.
    pub(super) async fn rest(&mut self) {
        let running = self.running.take().expect("they are at work");
        running.stop.cancel();
        for task in running.tasks {
            timeout(DEADLINE, task).await.unwrap().unwrap();
        }
    }

    /// A new user with one linked account.
    pub(super) async fn user(&self) -> AccountRef {
        use diesel_async::RunQueryDsl;

        let user: UserId = self.core.ids.next();
        let row = (
            users::id.eq(user),
            users::email.eq(format!("{user}@example.org")),
            users::password_hash.eq("none"),
            users::locale.eq("en"),
            users::time_zone.eq("Europe/Berlin"),
            users::plan.eq("FREE"),
            users::created_at.eq(self.clock.now()),
        );
        let work = self.core.begin_new::<WorkError>(user, async |conn| {
            diesel::insert_into(users::table)
                .values(row)
                .execute(conn)
                .await?;
            Ok(())
        });
        work.await.unwrap().commit().await.unwrap();
        let id = self.account(user).await;
        AccountRef { id, user }
    }

    /// One more linked account of `user`.
    pub(super) async fn account(&self, user: UserId) -> AccountId {
        use diesel_async::RunQueryDsl;

        let (id, now): (AccountId, _) = (self.core.ids.next(), self.clock.now());
        let mut work = self.core.begin(user).await.unwrap();
        diesel::insert_into(accounts::table)
            .values((
                accounts::id.eq(id),
                accounts::user_id.eq(user),
                accounts::link_method.eq("QR"),
                accounts::state.eq("ONLINE"),
                accounts::state_changed_at.eq(now),
                accounts::created_at.eq(now),
            ))
            .execute(&mut *work)
            .await
            .unwrap();
        work.commit().await.unwrap();
        id
    }

    /// Lets `count` events happen to an account, in one transaction.
    pub(super) async fn happen(&self, account: AccountRef, kind: EventKind, count: usize) {
        let mut work = self.core.begin(account.user).await.unwrap();
        for _ in 0..count {
            let subject: Uuid = self.core.ids.next::<AccountId>().into();
            work.emit(kind, Some(account.id), subject);
        }
        work.commit().await.unwrap();
    }

    /// The usual event.
    pub(super) async fn like(&self, account: AccountRef) {
        self.happen(account, EventKind::StatusLiked, 1).await;
    }

    /// An endpoint of the account's user at `receiver`, which hears everything.
    pub(super) async fn endpoint(&self, account: AccountRef, receiver: &Receiver) -> Owned {
        self.endpoint_with(account, json!({"url": receiver.url()})).await
    }

    pub(super) async fn endpoint_with(&self, account: AccountRef, input: Value) -> Owned {
        let created = self.create(account, input).await;
        assert_eq!(created["errors"], json!([]), "{created}");
        Owned {
            id: text(&created["webhookEndpoint"]["id"]),
            secret: text(&created["secret"]),
        }
    }

    /// The payload of making an endpoint.
    pub(super) async fn create(&self, account: AccountRef, input: Value) -> Value {
        let mutation =
            "mutation ($input: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $input) {
            webhookEndpoint { id } secret errors { code message path } } }";
        let mut data = self.ask(account, mutation, json!({"input": input})).await;
        data["createWebhookEndpoint"].take()
    }

    /// The payload of changing one.
    pub(super) async fn update(&self, account: AccountRef, endpoint: &Owned, mut change: Value) -> Value {
        change["webhookEndpointId"] = json!(endpoint.id);
        let mutation =
            "mutation ($input: UpdateWebhookEndpointInput!) { updateWebhookEndpoint(input: $input) {
            webhookEndpoint { url description kinds isEnabled disabledReason failingSince }
            errors { code message path } } }";
        let mut data = self.ask(account, mutation, json!({"input": change})).await;
        data["updateWebhookEndpoint"].take()
    }

    /// The payload of making a delivery again.
    pub(super) async fn redeliver(&self, account: AccountRef, delivery: &Value) -> Value {
        let mutation = "mutation ($id: ID!) { redeliverWebhook(input: {deliveryId: $id}) {
            delivery { id state } errors { code message path } } }";
        let mut data = self.ask(account, mutation, json!({"id": delivery["id"]})).await;
        data["redeliverWebhook"].take()
    }

    /// The user's endpoints as they are.
    pub(super) async fn endpoints(&self, account: AccountRef) -> Vec<Value> {
        let data = self.ask(account, LOG, json!({})).await;
        data["viewer"]["webhookEndpoints"].as_array().unwrap().clone()
    }

    /// The log of the user's only endpoint, the first event first.
    pub(super) async fn log(&self, account: AccountRef) -> Vec<Value> {
        let endpoints = self.endpoints(account).await;
        assert_eq!(endpoints.len(), 1);
        log_of(&endpoints[0])
    }

    /// The log once it is as a test wants it.
    pub(super) async fn log_when(&self, account: AccountRef, is_so: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let mut last = Vec::new();
        let waiting = async {
            loop {
                // Deliveries are read before their attempts: once more, for both to be of one moment.
                if is_so(&self.log(account).await) {
                    last = self.log(account).await;
                    return;
                }
                last = self.log(account).await;
            }
        };
        let in_time = timeout(DEADLINE, waiting).await;
        assert!(in_time.is_ok(), "the log stayed as it is: {last:#?}");
        last
    }

    /// The log once all of it came to an end.
    pub(super) async fn settled(&self, account: AccountRef, count: usize) -> Vec<Value> {
        self.log_when(account, |log| {
            log.len() == count && log.iter().all(|one| one["state"] != "PENDING")
        })
        .await
    }

    /// Waits until the event at `index` was sent `attempts` times, then moves the clock to its next try.
    pub(super) async fn until_next_try(&self, account: AccountRef, index: usize, attempts: usize) {
        let log = self
            .log_when(account, |log| {
                log.get(index).is_some_and(|one| tries(one) == attempts)
            })
            .await;
        let at: DateTime<Utc> = text(&log[index]["nextTryAt"]).parse().unwrap();
        self.clock.advance(at - self.clock.now());
    }

    /// The answer to an operation of the account's user: its data, without any error.
    pub(super) async fn ask(&self, account: AccountRef, query: &str, variables: Value) -> Value {
        let response = self.respond(account, query, variables).await;
        assert!(response.errors.is_empty(), "{:?}", response.errors);
        response.data.into_json().unwrap()
    }

    /// The answer as it is.
    pub(super) async fn respond(&self, account: AccountRef, query: &str, variables: Value) -> Response {
        self.schema.execute(self.request(account, query, variables)).await
    }

    pub(super) fn subscribe(
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

    fn request(&self, account: AccountRef, query: &str, variables: Value) -> Request {
        let (core, user) = (self.core.clone(), account.user);
        let service = WebhooksService::new(core.clone(), self.egress.clone());
        let viewer = Viewer {
            user,
            login: LoginId::from(user.as_uuid()),
            expires_at: self.clock.now() + TimeDelta::minutes(15),
        };
        Request::new(query)
            .variables(Variables::from_json(variables))
            .data(viewer)
            .data(DataLoader::new(AccountLoader { core, user }, tokio::spawn))
            .data(DataLoader::new(
                WebhookEndpointLoader {
                    service: service.clone(),
                    user,
                },
                tokio::spawn,
            ))
            .data(DataLoader::new(
                WebhookDeliveryLoader {
                    service: service.clone(),
                    user,
                },
                tokio::spawn,
            ))
            .data(DataLoader::new(
                WebhookAttemptLoader { service, user },
                tokio::spawn,
            ))
    }
}

impl Drop for Yard {
    fn drop(&mut self) {
        if let Some(running) = &self.running {
            running.stop.cancel();
        }
    }
}
