//! Users with a linked account each, on one database, who are told what happens on WhatsApp and ask the schema of
//! statuses, deleted messages and automatic answers. No WhatsApp, no HTTP: events go in at the pipeline, operations at
//! the schema.

use std::sync::Arc;

use amda::account::AccountRef;
use amda::clock::{Clock, ManualClock};
use amda::crypto::{MasterKey, belongs_to};
use amda::db::schema::{accounts, outbox, users};
use amda::db::{self, Db};
use amda::egress::{Egress, Patience, Reach, SystemNames};
use amda::event::{Event, Outgoing, SendEvent, SendOutcome};
use amda::features::notifications::Vapid;
use amda::features::schema::{EventsUserFields, Loaders, NodeQuery};
use amda::features::{
    Delay, Deletable, Registry, auto_reply, deleted_messages, edited_messages, kept_items, notifications,
    scheduled_statuses, statuses, uploads, view_once, webhooks,
};
use amda::graphql::Viewer;
use amda::hub::{self, EventRow, LocalHub};
use amda::id::{AccountId, Ids, LoginId, SendId, UserId};
use amda::media::Links;
use amda::pipeline::Pipeline;
use amda::vault::Vault;
use amda::work::{Core, WorkError};
use async_graphql::{MergedObject, MergedSubscription, Object, Request, Response, Schema, Variables};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures::Stream;
use serde_json::Value;

use super::database::TestDatabase;

/// Everybody of a test.
pub(crate) struct House {
    pub(crate) core: Core,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) database: TestDatabase,
    pipeline: Pipeline,
    schema: Schema<Query, Mutation, Subscription>,
}

/// The fields that the features add to a user, and one account of theirs.
#[derive(MergedObject)]
#[graphql(name = "TestUser")]
struct User(
    statuses::UserFields,
    deleted_messages::UserFields,
    edited_messages::UserFields,
    auto_reply::UserFields,
    notifications::UserFields,
    notifications::PushUserFields,
    EventsUserFields,
    Settings,
);

struct Settings(AccountRef);

#[Object(name = "TestSettings")]
impl Settings {
    /// The account's settings.
    async fn account(&self) -> Account {
        Account(
            statuses::AccountFields(self.0),
            deleted_messages::AccountFields(self.0),
            auto_reply::AccountFields(self.0),
        )
    }
}

#[derive(MergedObject)]
#[graphql(name = "TestAccount")]
struct Account(
    statuses::AccountFields,
    deleted_messages::AccountFields,
    auto_reply::AccountFields,
);

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
    async fn viewer(&self, ctx: &async_graphql::Context<'_>) -> User {
        let About(account) = *ctx.data_unchecked();
        User(
            statuses::UserFields(account.user),
            deleted_messages::UserFields(account.user),
            edited_messages::UserFields(account.user),
            auto_reply::UserFields(account.user),
            notifications::UserFields(account.user),
            notifications::PushUserFields(account.user),
            EventsUserFields(account.user),
            Settings(account),
        )
    }
}

#[derive(MergedObject, Default)]
struct Mutation(
    statuses::Mutation,
    deleted_messages::Mutation,
    auto_reply::Mutation,
    notifications::Mutation,
    kept_items::Mutation,
    notifications::PushMutation,
);

#[derive(MergedSubscription, Default)]
struct Subscription(
    statuses::Subscription,
    deleted_messages::Subscription,
    edited_messages::Subscription,
    auto_reply::Subscription,
    notifications::Subscription,
    kept_items::Subscription,
);

/// The way out to what a test runs itself.
pub(crate) fn egress_to_loopback() -> Egress {
    Egress::new(Reach::PublicAndLoopback, Patience::USUAL, Arc::new(SystemNames)).unwrap()
}

/// Who a house is to push services.
pub(crate) fn vapid() -> Arc<Vapid> {
    Arc::new(Vapid::new(&[3; 32], "mailto:amda@amda.example".to_owned()).unwrap())
}

/// When every test begins: noon in Berlin.
pub(crate) fn noon() -> DateTime<Utc> {
    "2026-11-23T11:00:00Z".parse().unwrap()
}

impl House {
    /// An empty house.
    pub(crate) async fn build() -> Self {
        let database = TestDatabase::create().await;
        let clock = Arc::new(ManualClock::new(noon()));
        let core = Core {
            db: Db::connect(database.url(), 4).unwrap(),
            vault: Arc::new(Vault::new(MasterKey::generate())),
            hub: Arc::new(LocalHub::default()),
            clock: clock.clone(),
            ids: Arc::new(Ids::seeded(clock.clone(), 7)),
        };
        let mut registry = Registry::default();
        statuses::register(&mut registry, Delay::USUAL);
        deleted_messages::register(&mut registry);
        edited_messages::register(&mut registry);
        auto_reply::register(&mut registry, Delay::USUAL);
        let schema = Schema::build(Query::default(), Mutation::default(), Subscription::default())
            .data(core.clone())
            .data(core.db.clone())
            .data(Arc::clone(&core.hub))
            .data(Links::new(
                core.vault.master(),
                "https://amda.example".parse().unwrap(),
                TimeDelta::minutes(15),
            ))
            .data(statuses::StatusesService::new(core.clone()))
            .data(deleted_messages::DeletedMessagesService::new(core.clone()))
            .data(edited_messages::EditedMessagesService::new(core.clone()))
            .data(auto_reply::AutoReplyService::new(core.clone()))
            .data(notifications::NotificationsService::new(core.clone()))
            .data(kept_items(&core))
            .data(notifications::PushService::new(
                core.clone(),
                egress_to_loopback(),
                vapid(),
            ))
            .finish();
        Self {
            pipeline: Pipeline::new(core.clone(), registry),
            core,
            clock,
            database,
            schema,
        }
    }

    /// A new user on `plan`, with one linked account.
    pub(crate) async fn user(&self, plan: &str) -> AccountRef {
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
        AccountRef {
            id: self.account(user).await,
            user,
        }
    }

    /// Another linked account of `user`.
    pub(crate) async fn account(&self, user: UserId) -> AccountId {
        let id: AccountId = self.core.ids.next();
        let now = self.clock.now();
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
        id
    }

    /// Lets this happen on WhatsApp.
    pub(crate) async fn tell(&self, account: AccountRef, events: &[Event]) {
        self.pipeline.process(account, events).await.unwrap();
    }

    /// The answer to an operation of the account's user: its data, without any error.
    pub(crate) async fn ask(&self, account: AccountRef, query: &str, variables: Value) -> Value {
        let response = self.respond(account, query, variables).await;
        assert!(response.errors.is_empty(), "{:?}", response.errors);
        response.data.into_json().unwrap()
    }

    /// The answer as it is.
    pub(crate) async fn respond(&self, account: AccountRef, query: &str, variables: Value) -> Response {
        Schema::execute(&self.schema, self.request(account, query, variables)).await
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

    /// A connection that sees everything, as the owner of the tables.
    pub(crate) async fn everything(&self) -> diesel_async::AsyncPgConnection {
        db::connect_as_owner(self.database.url()).await.unwrap()
    }

    fn request(&self, account: AccountRef, query: &str, variables: Value) -> Request {
        let viewer = Viewer {
            user: account.user,
            login: LoginId::from(account.user.as_uuid()),
            expires_at: self.clock.now() + TimeDelta::minutes(15),
        };
        let request = Request::new(query)
            .variables(Variables::from_json(variables))
            .data(viewer)
            .data(About(account));
        self.loaders().add_to(&viewer, request)
    }

    /// What loads the rows that requests ask for.
    pub(crate) fn loaders(&self) -> Loaders {
        let core = self.core.clone();
        Loaders {
            core: core.clone(),
            statuses: statuses::StatusesService::new(core.clone()),
            view_once: view_once::ViewOnceService::new(core.clone()),
            deleted_messages: deleted_messages::DeletedMessagesService::new(core.clone()),
            edited_messages: edited_messages::EditedMessagesService::new(core.clone()),
            auto_reply: auto_reply::AutoReplyService::new(core.clone()),
            scheduled_statuses: scheduled_statuses::ScheduledStatusesService::new(core.clone()),
            uploads: uploads::UploadsService::new(core.clone()),
            kept_items: kept_items(&core),
            notifications: notifications::NotificationsService::new(core.clone()),
            webhooks: webhooks::WebhooksService::new(core, nowhere()),
        }
    }
}

/// What waits in the outbox, the oldest first: which send, when, and what.
pub(crate) async fn outgoing(house: &House, account: AccountRef) -> Vec<(SendId, DateTime<Utc>, Outgoing)> {
    let mut work = house.core.begin(account.user).await.unwrap();
    let rows: Vec<(SendId, DateTime<Utc>, Vec<u8>)> = outbox::table
        .filter(outbox::state.eq("QUEUED"))
        .order((outbox::created_at, outbox::id))
        .select((outbox::id, outbox::send_at, outbox::payload))
        .load(&mut *work)
        .await
        .unwrap();
    let opened = rows.into_iter().map(|(id, at, payload)| {
        let place = belongs_to("outbox", "payload", id);
        let plain = work.key.open(&place, &payload).unwrap();
        (id, at, serde_json::from_slice(&plain).unwrap())
    });
    opened.collect()
}

/// The outbox has this news of what was queued last.
pub(crate) async fn news(house: &House, account: AccountRef, outcome: SendOutcome) {
    let mut work = house.core.begin(account.user).await.unwrap();
    let send: SendId = outbox::table
        .order((outbox::created_at.desc(), outbox::id.desc()))
        .select(outbox::id)
        .first(&mut *work)
        .await
        .unwrap();
    work.commit().await.unwrap();
    tell_of(house, account, send, outcome).await;
}

/// The outbox has this news of a send.
pub(crate) async fn tell_of(house: &House, account: AccountRef, send: SendId, outcome: SendOutcome) {
    let at = house.core.clock.now();
    house
        .tell(account, &[Event::Send(SendEvent { send, outcome, at })])
        .await;
}

/// What users may delete.
fn kept_items(core: &Core) -> kept_items::KeptItemsService {
    let sorts: Vec<Arc<dyn Deletable>> = vec![
        Arc::new(view_once::ViewOnceDeletion),
        Arc::new(deleted_messages::DeletedMessageDeletion),
        Arc::new(edited_messages::EditedMessageDeletion),
        Arc::new(statuses::StatusDeletion),
    ];
    kept_items::KeptItemsService::new(core.clone(), sorts)
}

/// What nobody is called through.
fn nowhere() -> Egress {
    Egress::new(Reach::Public, Patience::USUAL, Arc::new(SystemNames)).unwrap()
}
