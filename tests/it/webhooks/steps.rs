//! The steps of tests of webhooks: a world whose deliveries run, endpoints in it, and their logs.

use std::time::Duration;

use amda::account::AccountRef;
use amda::clock::{Clock, SystemClock};
use amda::egress::Timeouts;
use amda::hub::EventKind;
use amda::id::AccountId;
use amda::jobs::WorkerOptions;
use chrono::{DateTime, SubsecRound, Utc};
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::{log_of, text, tries};
use crate::support::choices::Choices;
use crate::support::receiver::Receiver;
use crate::support::worker::{DEADLINE, Running, run_at};
use crate::support::world::World;

/// The consumers of events and the deliveries, running.
pub(super) struct Delivering {
    _consuming: AbortOnDropHandle<()>,
    worker: Running,
}

/// A world in which events reach the endpoints, on this machine too.
pub(super) async fn delivering_world() -> (World, Delivering) {
    let world = World::with(at_present).await;
    let delivering = deliver(&world);
    (world, delivering)
}

/// Chooses the present, because the receivers' library compares with the machine's time, and time for slow receivers.
pub(super) fn at_present(choices: &mut Choices) {
    // The database keeps microseconds.
    choices.now = SystemClock.now().trunc_subsecs(6);
    // A receiver that does not answer is waited for as long as any test lasts.
    choices.timeouts = Timeouts {
        connect: DEADLINE,
        total: 4 * DEADLINE,
    };
}

/// Starts the consumers of events and the deliveries.
pub(super) fn deliver(world: &World) -> Delivering {
    let options = WorkerOptions {
        at_once: 16,
        poll: Duration::from_millis(10),
        // The clock jumps, and a delivery that runs must not seem abandoned.
        lease: Duration::from_hours(10_000),
        drain: Duration::ZERO,
    };
    Delivering {
        _consuming: world.consume_events(),
        worker: run_at(&world.core, world.handlers("webhooks."), options),
    }
}

impl Delivering {
    /// Stops as a server does that goes: deliveries under way are broken off.
    pub(super) async fn stop(self) {
        self.worker.stop().await;
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
        attempts { attemptedAt durationMs isSuccess status failureReason failureMessage response }
    } } }
} } }";

/// Lets `count` events happen to an account, in one transaction.
pub(super) async fn emit(world: &World, account: AccountRef, kind: EventKind, count: usize) {
    let mut work = world.core.begin(account.user).await.unwrap();
    for _ in 0..count {
        let subject: Uuid = world.core.ids.next::<AccountId>().into();
        work.emit(kind, Some(account.id), subject);
    }
    work.commit().await.unwrap();
}

/// The usual event.
pub(super) async fn emit_like(world: &World, account: AccountRef) {
    emit(world, account, EventKind::StatusLiked, 1).await;
}

/// An endpoint of the account's user at `receiver`, which hears everything.
pub(super) async fn add_endpoint(world: &World, account: AccountRef, receiver: &Receiver) -> Owned {
    add_endpoint_with(world, account, json!({"url": receiver.url()})).await
}

pub(super) async fn add_endpoint_with(world: &World, account: AccountRef, input: Value) -> Owned {
    let created = create_endpoint(world, account, input).await;
    assert_eq!(created["errors"], json!([]), "{created}");
    Owned {
        id: text(&created["webhookEndpoint"]["id"]),
        secret: text(&created["secret"]),
    }
}

/// The payload of making an endpoint.
pub(super) async fn create_endpoint(world: &World, account: AccountRef, input: Value) -> Value {
    let mutation = "mutation ($input: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $input) {
        webhookEndpoint { id } secret errors { code message path } } }";
    let mut data = world.ask(account, mutation, json!({"input": input})).await;
    data["createWebhookEndpoint"].take()
}

/// The payload of changing one.
pub(super) async fn update_endpoint(
    world: &World,
    account: AccountRef,
    endpoint: &Owned,
    mut change: Value,
) -> Value {
    change["webhookEndpointId"] = json!(endpoint.id);
    let mutation = "mutation ($input: UpdateWebhookEndpointInput!) { updateWebhookEndpoint(input: $input) {
        webhookEndpoint { url description kinds isEnabled disabledReason failingSince }
        errors { code message path } } }";
    let mut data = world.ask(account, mutation, json!({"input": change})).await;
    data["updateWebhookEndpoint"].take()
}

/// The payload of making a delivery again.
pub(super) async fn redeliver(world: &World, account: AccountRef, delivery: &Value) -> Value {
    let mutation = "mutation ($id: ID!) { redeliverWebhookDelivery(input: {webhookDeliveryId: $id}) {
        webhookDelivery { id state } errors { code message path } } }";
    let mut data = world.ask(account, mutation, json!({"id": delivery["id"]})).await;
    data["redeliverWebhookDelivery"].take()
}

/// The user's endpoints as they are.
pub(super) async fn list_endpoints(world: &World, account: AccountRef) -> Vec<Value> {
    let data = world.ask(account, LOG, json!({})).await;
    data["viewer"]["webhookEndpoints"].as_array().unwrap().clone()
}

/// The log of the user's only endpoint, the first event first.
pub(super) async fn read_log(world: &World, account: AccountRef) -> Vec<Value> {
    let endpoints = list_endpoints(world, account).await;
    assert_eq!(endpoints.len(), 1);
    log_of(&endpoints[0])
}

/// The log once it is as a test wants it.
pub(super) async fn read_log_when(
    world: &World,
    account: AccountRef,
    is_so: impl Fn(&[Value]) -> bool,
) -> Vec<Value> {
    let mut last = Vec::new();
    let waiting = async {
        loop {
            // Deliveries are read before their attempts: once more, for both to be of one moment.
            if is_so(&read_log(world, account).await) {
                last = read_log(world, account).await;
                return;
            }
            last = read_log(world, account).await;
        }
    };
    let in_time = timeout(DEADLINE, waiting).await;
    assert!(in_time.is_ok(), "the log stayed as it is: {last:#?}");
    last
}

/// The log once all of it came to an end.
pub(super) async fn read_settled_log(world: &World, account: AccountRef, count: usize) -> Vec<Value> {
    read_log_when(world, account, |log| {
        log.len() == count && log.iter().all(|one| one["state"] != "PENDING")
    })
    .await
}

/// Waits until the event at `index` was sent `attempts` times, then moves the clock to its next try.
pub(super) async fn advance_to_next_try(world: &World, account: AccountRef, index: usize, attempts: usize) {
    let log = read_log_when(world, account, |log| {
        log.get(index).is_some_and(|one| tries(one) == attempts)
    })
    .await;
    let at: DateTime<Utc> = text(&log[index]["nextTryAt"]).parse().unwrap();
    world.clock.advance(at - world.clock.now());
}
