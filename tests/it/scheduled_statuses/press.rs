//! Users who plan statuses, with the whole schema and a clock that stands. WhatsApp's side is told by events; jobs run
//! when a test says so.

use std::sync::Arc;

use amda::account::AccountRef;
use amda::clock::Clock;
use amda::contacts::{self, Names};
use amda::db::schema::{contacts as people, outbox};
use amda::event::{Chat, Event, Outgoing, Person, Receipt, ReceiptKind, SendEvent, SendOutcome};
use amda::features::Registry;
use amda::features::scheduled_statuses::{self, Publish, ScheduledStatusesService};
use amda::features::uploads::UploadsService;
use amda::features::users::{TokenService, UsersConfig, UsersService};
use amda::graphql::Viewer;
use amda::hub::EventKind;
use amda::id::{ContactId, LoginId, MediaId, SendId, UploadId};
use amda::jobs::{self, NewJob};
use amda::media::Links;
use amda::media::uploads::UploadLinks;
use amda::pipeline::Pipeline;
use amda::plan::Plan;
use amda::server::{self, AmdaSchema};
use amda::whatsapp;
use amda::work::Core;
use async_graphql::{Request, Response, Variables};
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::support::darkroom::{DEADLINE, run};
use crate::support::linked::House;

/// How long after its time a status may still leave.
pub(super) const GRACE: TimeDelta = TimeDelta::minutes(15);

/// Everything that a status is told of.
pub(super) const ALL: &str = "id kind text backgroundColor font caption publishAt publishAtLocal timeZone state reason \
    audienceSize viewerCount publishedAt expiresAt isBeingDeleted deletionError deletedAt audience { scope contacts { id } }";

/// Everybody of a test.
pub(super) struct Press {
    pub(super) house: House,
    pipeline: Pipeline,
    schema: AmdaSchema,
}

/// Something in the outbox.
pub(super) struct Waiting {
    pub(super) send: SendId,
    pub(super) wa_id: String,
    pub(super) outgoing: Outgoing,
}

impl Press {
    pub(super) async fn build() -> Self {
        let house = House::build().await;
        let core = house.core.clone();
        let mut registry = Registry::default();
        scheduled_statuses::register(&mut registry);
        let base: url::Url = "https://amda.example/".parse().unwrap();
        let schema = server::builder()
            .data(core.clone())
            .data(core.db.clone())
            .data(Arc::clone(&core.hub))
            .data(Links::new(
                core.vault.master(),
                base.clone(),
                TimeDelta::minutes(15),
            ))
            .data(UploadLinks::new(core.vault.master(), base))
            .data(ScheduledStatusesService::new(core.clone()))
            .data(UploadsService::new(core.clone()))
            .data(users(&core))
            .finish();
        Self {
            pipeline: Pipeline::new(core, registry),
            house,
            schema,
        }
    }

    /// Somebody in the address book.
    pub(super) async fn contact(&self, account: AccountRef, name: &str, person: &Person) -> ContactId {
        let mut work = self.house.core.begin(account.user).await.unwrap();
        let (ids, now) = (Arc::clone(&work.ids), work.now);
        let names = Names {
            name: Some(name),
            ..Names::default()
        };
        let id = contacts::resolve(&mut work, &ids, account, now, person, names)
            .await
            .unwrap();
        work.commit().await.unwrap();
        id
    }

    /// A file that was uploaded and can be shown.
    pub(super) async fn ready_upload(&self, account: AccountRef, mime_type: &str) -> UploadId {
        use amda::db::schema::{media, uploads};

        let mut work = self.house.core.begin(account.user).await.unwrap();
        let (upload, file): (UploadId, MediaId) = (work.ids.next(), work.ids.next());
        let (now, is_video) = (work.now, mime_type == "video/mp4");
        diesel::insert_into(media::table)
            .values((
                (
                    media::id.eq(file),
                    media::user_id.eq(account.user),
                    media::account_id.eq(account.id),
                ),
                media::kind.eq(if is_video { "VIDEO" } else { "IMAGE" }),
                media::mime_type.eq(if is_video { "video/mp4" } else { "image/jpeg" }),
                media::size_bytes.eq(1_000_i64),
                media::width.eq(640),
                media::height.eq(480),
                media::duration_seconds.eq(is_video.then_some(11.2)),
                media::state.eq("STORED"),
                media::object_key.eq(format!("{file}")),
                media::stored_bytes.eq(1_040_i64),
                media::created_at.eq(now),
            ))
            .execute(&mut *work)
            .await
            .unwrap();
        diesel::insert_into(uploads::table)
            .values((
                uploads::id.eq(upload),
                uploads::user_id.eq(account.user),
                uploads::account_id.eq(account.id),
                uploads::mime_type.eq(mime_type),
                uploads::size_bytes.eq(1_000_i64),
                uploads::state.eq("READY"),
                uploads::media_id.eq(file),
                uploads::created_at.eq(now),
            ))
            .execute(&mut *work)
            .await
            .unwrap();
        work.commit().await.unwrap();
        upload
    }

    /// How many files and uploads there are.
    pub(super) async fn files(&self, account: AccountRef) -> (i64, i64) {
        use amda::db::schema::{media, uploads};

        let mut tx = self.house.core.db.begin(account.user).await.unwrap();
        let files = media::table.count().get_result(&mut *tx).await.unwrap();
        let uploads = uploads::table.count().get_result(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        (files, uploads)
    }

    /// The account's owner.
    pub(super) async fn owner(&self, account: AccountRef, person: &Person) {
        let id = self.contact(account, "Me", person).await;
        let mut work = self.house.core.begin(account.user).await.unwrap();
        diesel::update(people::table.find(id))
            .set(people::is_self.eq(true))
            .execute(&mut *work)
            .await
            .unwrap();
        work.commit().await.unwrap();
    }

    /// The answer to an operation, without any error.
    pub(super) async fn ask(&self, account: AccountRef, query: &str, variables: Value) -> Value {
        let response = self.respond(account, query, variables).await;
        assert!(response.errors.is_empty(), "{:?}", response.errors);
        response.data.into_json().unwrap()
    }

    pub(super) async fn respond(&self, account: AccountRef, query: &str, variables: Value) -> Response {
        let viewer = Viewer {
            user: account.user,
            login: LoginId::from(account.user.as_uuid()),
            expires_at: self.house.clock.now() + TimeDelta::minutes(15),
        };
        let request = Request::new(query)
            .variables(Variables::from_json(variables))
            .data(viewer);
        let request = self.house.loaders().add_to(&viewer, request);
        async_graphql::Schema::execute(&self.schema, request).await
    }

    /// The payload of `scheduleStatus` with this input beside the account.
    pub(super) async fn schedule(&self, account: AccountRef, input: Value) -> Value {
        let account_id = account.id.to_global();
        let input = merged(json!({ "accountId": account_id }), &input);
        self.mutate(account, "scheduleStatus", "ScheduleStatusInput", input)
            .await
    }

    /// The id of a text that is planned so many minutes ahead.
    pub(super) async fn planned(&self, account: AccountRef, minutes: i64) -> String {
        let payload = self.schedule(
            account,
            json!({"text": {"text": "hello"}, "publishAt": self.in_minutes(minutes)}),
        );
        let payload = payload.await;
        assert_eq!(payload["errors"], json!([]), "{payload}");
        payload["scheduledStatus"]["id"].as_str().unwrap().to_owned()
    }

    pub(super) async fn update(&self, account: AccountRef, id: &str, change: Value) -> Value {
        let input = merged(json!({ "scheduledStatusId": id }), &change);
        self.mutate(
            account,
            "updateScheduledStatus",
            "UpdateScheduledStatusInput",
            input,
        )
        .await
    }

    pub(super) async fn cancel(&self, account: AccountRef, id: &str) -> Value {
        let input = json!({ "scheduledStatusId": id });
        self.mutate(account, "cancelScheduledStatus", "ScheduledStatusIdInput", input)
            .await
    }

    pub(super) async fn delete(&self, account: AccountRef, id: &str) -> Value {
        let input = json!({ "scheduledStatusId": id });
        self.mutate(account, "deletePublishedStatus", "ScheduledStatusIdInput", input)
            .await
    }

    async fn mutate(&self, account: AccountRef, field: &str, kind: &str, input: Value) -> Value {
        let query = format!(
            "mutation ($input: {kind}!) {{ {field}(input: $input) {{
                scheduledStatus {{ {ALL} }}
                errors {{ __typename code message path ... on QuotaExceeded {{ limit used }} }}
            }} }}"
        );
        self.ask(account, &query, json!({ "input": input })).await[field].take()
    }

    /// The status as it is now.
    pub(super) async fn status(&self, account: AccountRef, id: &str) -> Value {
        let query = format!("query ($id: ID!) {{ node(id: $id) {{ ... on ScheduledStatus {{ {ALL} }} }} }}");
        self.ask(account, &query, json!({ "id": id })).await["node"].take()
    }

    /// How far it came, and why no further.
    pub(super) async fn state(&self, account: AccountRef, id: &str) -> (String, Value) {
        let mut status = self.status(account, id).await;
        let state = status["state"].as_str().expect("the status is there").to_owned();
        (state, status["reason"].take())
    }

    /// So many minutes from now, as the schema reads it.
    pub(super) fn in_minutes(&self, minutes: i64) -> String {
        (self.house.clock.now() + TimeDelta::minutes(minutes)).to_rfc3339()
    }

    /// Does what is due until `count` changes of statuses came of it, and everything that runs then to its end.
    pub(super) async fn run_until_changed(&self, account: AccountRef, count: usize) {
        let mut news = self.house.core.hub.subscribe(account.user);
        let publish = Arc::new(Publish {
            core: self.house.core.clone(),
            grace: GRACE,
        });
        let worker = run(&self.house.core, vec![publish]);
        let waiting = async {
            let mut left = count;
            while left > 0 {
                if news.recv().await.unwrap().event.kind == EventKind::ScheduledStatusChanged {
                    left -= 1;
                }
            }
        };
        timeout(DEADLINE, waiting)
            .await
            .expect("the jobs come so far in time");
        worker.stop().await;
    }

    /// Plans a text, lets its time come, and starts it; answers with its id and what waits in the outbox.
    pub(super) async fn started(&self, account: AccountRef) -> (String, Waiting) {
        let id = self.planned(account, 10).await;
        self.house.clock.advance(TimeDelta::minutes(10));
        self.run_until_changed(account, 1).await;
        let waiting = self.outbox(account).await.pop().expect("something waits");
        (id, waiting)
    }

    /// The same, and WhatsApp took it.
    pub(super) async fn published(&self, account: AccountRef) -> (String, Waiting) {
        let (id, waiting) = self.started(account).await;
        self.settle(account, waiting.send, SendOutcome::Acked).await;
        (id, waiting)
    }

    /// What waits in the outbox, oldest first.
    pub(super) async fn outbox(&self, account: AccountRef) -> Vec<Waiting> {
        let mut work = self.house.core.begin(account.user).await.unwrap();
        let rows: Vec<(SendId, String, Vec<u8>)> = outbox::table
            .order((outbox::created_at, outbox::id))
            .select((outbox::id, outbox::wa_id, outbox::payload))
            .load(&mut *work)
            .await
            .unwrap();
        let key = Arc::clone(&work.key);
        work.rollback().await.unwrap();
        let open = |(send, wa_id, sealed): (SendId, String, Vec<u8>)| {
            let place = amda::crypto::belongs_to("outbox", "payload", send);
            let plain = key.open(&place, &sealed).unwrap();
            Waiting {
                send,
                wa_id,
                outgoing: serde_json::from_slice(&plain).unwrap(),
            }
        };
        rows.into_iter().map(open).collect()
    }

    /// The outbox has news.
    pub(super) async fn settle(&self, account: AccountRef, send: SendId, outcome: SendOutcome) {
        let news = SendEvent {
            send,
            outcome,
            at: self.house.clock.now(),
        };
        self.tell(account, &[Event::Send(news)]).await;
    }

    /// Somebody's devices say something of a status.
    pub(super) async fn look(&self, account: AccountRef, viewer: &Person, wa_id: &str, kind: ReceiptKind) {
        let receipt = Receipt {
            chat: Chat::Status,
            from: viewer.clone(),
            wa_ids: vec![wa_id.to_owned()],
            kind,
            at: self.house.clock.now(),
        };
        self.tell(account, &[Event::Receipt(receipt)]).await;
    }

    pub(super) async fn tell(&self, account: AccountRef, events: &[Event]) {
        self.pipeline.process(account, events).await.unwrap();
    }

    /// Has the job of a status run again now, as after a crash before it was forgotten.
    pub(super) async fn repeat_job(&self, account: AccountRef, id: &str) {
        let status = amda::id::ScheduledStatusId::from_global(id).unwrap();
        let mut work = self.house.core.begin(account.user).await.unwrap();
        let job = NewJob {
            kind: "scheduled_statuses.publish",
            user: Some(account.user),
            payload: json!({ "status": status }),
            unique_key: None,
            run_at: work.now,
            max_attempts: 3,
        };
        jobs::enqueue(&mut work, &job).await.unwrap();
        work.commit().await.unwrap();
    }

    /// How many statuses are still to be looked at now.
    pub(super) async fn due(&self) -> i64 {
        use amda::db::schema::jobs;

        let mut all = self.house.everything().await;
        jobs::table
            .filter(jobs::kind.eq("scheduled_statuses.publish"))
            .filter(jobs::run_at.le(self.house.clock.now()))
            .count()
            .get_result(&mut all)
            .await
            .unwrap()
    }

    /// Claims a message as the outbox claims what it is about to send.
    pub(super) async fn claim(&self, account: AccountRef, send: SendId) {
        let mut work = self.house.core.begin(account.user).await.unwrap();
        let now = work.now;
        diesel::update(outbox::table.find(send))
            .set((outbox::sent_at.eq(now), outbox::attempts.eq(1)))
            .execute(&mut *work)
            .await
            .unwrap();
        work.commit().await.unwrap();
    }

    /// Takes a message back, if nobody has begun with it.
    pub(super) async fn take_back(&self, account: AccountRef, send: SendId) -> bool {
        let mut work = self.house.core.begin(account.user).await.unwrap();
        let is_taken_back = whatsapp::outbox::cancel(&mut work, send).await.unwrap();
        work.commit().await.unwrap();
        is_taken_back
    }

    /// The kinds of the user's notices, oldest first.
    pub(super) async fn notices(&self, account: AccountRef) -> Vec<String> {
        use amda::db::schema::notifications;

        let mut tx = self.house.core.db.begin(account.user).await.unwrap();
        let kinds = notifications::table
            .order(notifications::id)
            .select(notifications::kind)
            .load(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        kinds
    }

    /// How many times each change of a status was told of.
    pub(super) async fn changes(&self, account: AccountRef) -> usize {
        let events = self.house.events(account).await.into_iter();
        events
            .filter(|row| row.event.kind == EventKind::ScheduledStatusChanged)
            .count()
    }
}

pub(super) fn merged(mut one: Value, other: &Value) -> Value {
    let fields = one.as_object_mut().unwrap();
    fields.extend(other.as_object().unwrap().clone());
    one
}

/// Whoever is asked who the viewer is.
fn users(core: &Core) -> UsersService {
    let secret = b"0123456789abcdef0123456789abcdef".to_vec().into();
    let tokens = TokenService::new(core.clock.clone(), Arc::clone(&core.ids), &secret);
    let config = UsersConfig {
        default_plan: Plan::Free,
        password_cost: 4,
        is_https: false,
        limits: None,
    };
    UsersService::new(core.clone(), Arc::new(tokens), config)
}
