//! Jobs of deliveries: an ordered queue, or one delivery alone.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use serde::{Deserialize, Serialize};

use crate::features::webhooks::{WebhookDeliveryId, WebhookEndpointId};
use crate::id::AccountId;
use crate::jobs::{self, NewJob};
use crate::work::Work;

/// The kind of the job that delivers a queue.
pub(super) const DELIVER: &str = "webhooks.deliver";
/// The kind of the job that delivers one event alone.
pub(super) const DELIVER_ALONE: &str = "webhooks.deliver_alone";

/// Events of one account (or of none) on their way to one endpoint, delivered one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct OrderedQueue {
    pub(super) endpoint: WebhookEndpointId,
    pub(super) account: Option<AccountId>,
}

impl OrderedQueue {
    /// Enqueues the job of the queue now. A queue that waits for its next try goes on waiting.
    pub(super) async fn wake(self, work: &mut Work) -> QueryResult<()> {
        let account = self.account.map_or("none".to_owned(), |id| id.to_string());
        let key = format!("{}:{account}", self.endpoint);
        let at = work.now;
        enqueue(work, DELIVER, serde_json::json!(self), key, at).await
    }
}

/// Enqueues one delivery out of the order.
pub(super) async fn deliver_alone(
    work: &mut Work,
    delivery: WebhookDeliveryId,
    at: DateTime<Utc>,
) -> QueryResult<()> {
    let payload = serde_json::json!(delivery);
    enqueue(work, DELIVER_ALONE, payload, delivery.to_string(), at).await
}

async fn enqueue(
    work: &mut Work,
    kind: &'static str,
    payload: serde_json::Value,
    key: String,
    run_at: DateTime<Utc>,
) -> QueryResult<()> {
    let job = NewJob {
        kind,
        user: Some(work.user),
        payload,
        unique_key: Some(key),
        run_at,
        // Deliveries are given up one by one; what fails here is our own, and is mended some day.
        max_attempts: i32::MAX,
    };
    jobs::enqueue(work, &job).await
}
