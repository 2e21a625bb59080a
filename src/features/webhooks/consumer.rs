use std::collections::HashSet;

use async_trait::async_trait;
use diesel::QueryResult;

use super::model::{Delivery, DeliveryState, MAX_WAITING};
use super::ordered_queue::{self, OrderedQueue};
use super::store;
use crate::event_consumers::{ConsumeError, EventConsumer};
use crate::features::webhooks::WebhookEndpointId;
use crate::hub::{EventKind, EventRow};
use crate::user;
use crate::work::Work;

/// Consumer of events that inserts the deliveries of each endpoint.
#[derive(Debug, Clone, Copy)]
pub(super) struct WebhookConsumer;

#[async_trait]
impl EventConsumer for WebhookConsumer {
    fn name(&self) -> &'static str {
        "webhooks"
    }

    async fn consume(&self, work: &mut Work, events: &[EventRow]) -> Result<(), ConsumeError> {
        let user = work.user;
        let mut deliveries = Vec::new();
        for (endpoint, wants) in store::wants_of_enabled(work, user).await? {
            let wanted: Vec<_> = events
                .iter()
                .filter(|row| wants.includes(&row.event))
                .map(|row| delivery(work, endpoint, row))
                .collect();
            deliveries.extend(within_room(work, endpoint, wanted).await?);
        }
        store::insert_deliveries(work, &deliveries).await?;
        let pending = deliveries
            .iter()
            .filter(|one| one.state == DeliveryState::Pending);
        for queue in pending.map(queue_of).collect::<HashSet<_>>() {
            queue.wake(work).await?;
        }
        let is_reason = |row: &EventRow| row.event.kind == EventKind::SuspensionChanged;
        if events.iter().any(is_reason) && !user::is_suspended(work, user).await? {
            wake_waiting(work).await?;
        }
        Ok(())
    }
}

/// New deliveries of `endpoint`, of which those are given up that no longer find room among those that wait.
async fn within_room(
    work: &mut Work,
    endpoint: WebhookEndpointId,
    mut wanted: Vec<Delivery>,
) -> QueryResult<Vec<Delivery>> {
    if wanted.is_empty() {
        return Ok(wanted);
    }
    let waiting = store::count_waiting(work, endpoint, MAX_WAITING).await?;
    let room = usize::try_from(MAX_WAITING - waiting).unwrap_or(0);
    let given_up = wanted.len().saturating_sub(room);
    for one in wanted.iter_mut().skip(room) {
        one.give_up(work.now);
    }
    if given_up > 0 {
        tracing::warn!(
            user.id = %work.user,
            webhook_endpoint.id = %endpoint,
            "{given_up} events are not delivered to webhook endpoint {endpoint}: {MAX_WAITING} wait for it already"
        );
    }
    Ok(wanted)
}

/// Has everything delivered that waited while the user was suspended.
async fn wake_waiting(work: &mut Work) -> QueryResult<()> {
    let now = work.now;
    for waiting in store::list_pending(work).await? {
        if waiting.is_alone {
            ordered_queue::deliver_alone(work, waiting.id, now).await?;
        } else {
            queue_of(&waiting).wake(work).await?;
        }
    }
    Ok(())
}

fn queue_of(delivery: &Delivery) -> OrderedQueue {
    OrderedQueue {
        endpoint: delivery.endpoint,
        account: delivery.event.account,
    }
}

fn delivery(work: &Work, endpoint: WebhookEndpointId, row: &EventRow) -> Delivery {
    Delivery {
        id: work.ids.next(),
        endpoint,
        sequence: row.sequence,
        event: row.event.clone(),
        state: DeliveryState::Pending,
        is_alone: false,
        tries: 0,
        next_try_at: Some(work.now),
        created_at: work.now,
        settled_at: None,
    }
}
