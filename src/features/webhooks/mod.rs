//! Outgoing webhooks: events are sent to users' own servers, as Standard Webhooks specifies.
//!
//! ```text
//! event -> WebhookConsumer: a delivery for each endpoint that wants it -> COMMIT -> job of the queue
//!       -> Deliver: POST, signed -> DELIVERED | tried again for a day -> FAILED
//! ```
//!
//! Payloads are thin: the event's number, cursor and ids; a receiver queries the API for the rest. Each event is
//! sent at least once with a `webhook-id` that stays the same.
//!
//! A queue holds the events of one account for one endpoint, delivered strictly one after the other. A refused event
//! holds up those behind it while it is retried. After five tries the next one is sent ahead of it every five minutes:
//! if that is accepted, only the first is bad, and is retried alone; if not, the endpoint is down, and the order
//! is kept. Queues do not wait for each other, and one user's slow endpoints leave room for others'.
//!
//! An endpoint that answers 410, or nothing but failure for three days, is turned off and its owner told. What waits
//! for it is given up and can be sent again by hand; what happened while it was off is read from `events(after:)`. While its
//! owner is suspended, everything waits. Of one endpoint 10,000 events wait at most; those that come then are given up at once.

mod consumer;
mod deliver;
mod error;
mod expiry;
mod exported;
mod graphql;
mod ids;
mod log;
mod model;
mod notices;
mod ordered_queue;
mod outcome;
mod request;
mod schedule;
mod service;
mod signature;
mod store;

pub use deliver::{Deliver, DeliverAlone};
pub use error::{Refusal, WebhooksError};
pub use graphql::{
    AdminFields, AdminWebhookDelivery, CreateWebhookEndpointInput, CreateWebhookEndpointPayload,
    DeleteWebhookEndpointInput, DeleteWebhookEndpointPayload, Mutation, RedeliverWebhookDeliveryInput,
    RedeliverWebhookDeliveryPayload, RotateWebhookEndpointSecretInput, RotateWebhookEndpointSecretPayload,
    TestWebhookEndpointInput, TestWebhookEndpointPayload, UpdateWebhookEndpointInput,
    UpdateWebhookEndpointPayload, ViewerFields, WebhookAttempt, WebhookDelivery, WebhookDeliveryFilter,
    WebhookEndpoint, WebhookEndpointEvent,
};
pub use ids::{AdminWebhookDeliveryId, WebhookAttemptId, WebhookDeliveryId, WebhookEndpointId};
pub use model::{
    Attempt, AttemptFailure, AttemptFailureReason, Delivery, DeliveryState, DisabledReason, Endpoint, Wants,
};
pub use schedule::Failing;
pub use service::{Change, NamedAccounts, NewEndpoint, WebhooksService};
pub use signature::Secret;
pub use store::{DeliveryQuery, Unreadable};

use std::sync::Arc;

use crate::event_consumers::EventConsumer;
use crate::features::{ExportedTable, Feature, OwnWorker, Parts};
use crate::notices::NoticeType;
use crate::retention::Expires;

/// Maximum number of deliveries at once.
const DELIVERED_AT_ONCE: usize = 32;

/// Outgoing webhooks.
#[derive(Debug)]
pub struct Webhooks;

impl Feature for Webhooks {
    fn name(&self) -> &'static str {
        "webhooks"
    }

    fn exported(&self) -> &'static [ExportedTable] {
        exported::EXPORTED
    }

    fn expiries(&self) -> Vec<Arc<dyn Expires>> {
        vec![Arc::new(expiry::EXPIRY)]
    }

    fn consumer(&self) -> Option<Arc<dyn EventConsumer>> {
        Some(Arc::new(consumer::WebhookConsumer))
    }

    fn notice_types(&self) -> &'static [&'static dyn NoticeType] {
        &[&notices::WebhookDisabled]
    }

    fn workers(&self, parts: &Parts) -> Vec<OwnWorker> {
        let deliver = Deliver::new(parts.core.clone(), parts.egress.clone());
        let alone = deliver.alone();
        vec![OwnWorker {
            at_once: DELIVERED_AT_ONCE,
            handlers: vec![Arc::new(deliver), Arc::new(alone)],
        }]
    }
}
