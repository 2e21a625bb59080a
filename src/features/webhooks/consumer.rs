use std::collections::HashSet;

use async_trait::async_trait;
use diesel::QueryResult;

use super::model::{Delivery, DeliveryState};
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
            let wanted = events.iter().filter(|row| wants.includes(&row.event));
            deliveries.extend(wanted.map(|row| delivery(work, endpoint, row)));
        }
        store::insert_deliveries(work, &deliveries).await?;
        for queue in deliveries.iter().map(queue_of).collect::<HashSet<_>>() {
            queue.wake(work).await?;
        }
        let is_reason = |row: &EventRow| row.event.kind == EventKind::SuspensionChanged;
        if events.iter().any(is_reason) && !user::is_suspended(work, user).await? {
            wake_waiting(work).await?;
        }
        Ok(())
    }
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
