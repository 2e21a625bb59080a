//! Jobs that deliver: one for each queue of an endpoint, and one for each event sent out of the order.

use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use super::error::WebhooksError;
use super::model::{Delivery, DeliveryState, Endpoint};
use super::ordered_queue::{DELIVER, DELIVER_ALONE, OrderedQueue};
use super::outcome::{self, DeliveryOutcome};
use super::request::EndpointClient;
use super::schedule::{Step, next_step};
use super::store;
use crate::egress::Egress;
use crate::features::webhooks::{WebhookDeliveryId, WebhookEndpointId};
use crate::id::UserId;
use crate::jobs::{self, Done, Handler, Job, JobError};
use crate::per_key_limit::PerKeyLimit;
use crate::user;
use crate::work::{Core, Work};

/// Maximum number of events sent before their outcomes are written: a crash sends as many again at most.
const MAX_BATCH: i64 = 16;
/// Maximum time for which events are sent before their outcomes are written.
const MAX_UNWRITTEN: Duration = Duration::from_secs(1);
/// Maximum time of one turn of a queue while others may wait.
const MAX_TURN: Duration = Duration::from_secs(3);
/// Maximum number of queues of one user delivered at once.
const MOST_OF_ONE_USER: usize = 8;

/// Delivers events, in order within each queue.
#[derive(Debug, Clone)]
pub struct Deliver {
    core: Core,
    caller: EndpointClient,
    limit: PerKeyLimit<UserId>,
}

impl Deliver {
    /// Handler that delivers through `egress`.
    pub fn new(core: Core, egress: Egress) -> Self {
        let caller = EndpointClient::new(core.clone(), egress);
        Self {
            core,
            caller,
            limit: PerKeyLimit::new(MOST_OF_ONE_USER),
        }
    }

    /// Handler that delivers events out of the order. Both kinds of job share a user's limit.
    pub fn alone(&self) -> DeliverAlone {
        DeliverAlone(self.clone())
    }

    /// Delivers a queue until it is empty, a delivery is refused, or its turn is over.
    async fn run_queue(&self, user: UserId, queue: OrderedQueue) -> Result<Done, WebhooksError> {
        let begun = Instant::now();
        loop {
            let now = self.core.clock.now();
            let Some((endpoint, waiting)) = self.next(user, queue).await? else {
                return Ok(Done::Finished);
            };
            let tried = match next_step(&endpoint, &waiting, now) {
                Step::Nothing => return Ok(Done::Finished),
                Step::Wait(at) => return Ok(Done::Again(at)),
                Step::InOrder | Step::Ahead if begun.elapsed() > MAX_TURN => return Ok(Done::Again(now)),
                Step::InOrder => self.send(user, &endpoint, waiting).await,
                Step::Ahead => self.send_ahead(user, &endpoint, waiting).await,
            };
            self.record(user, endpoint.id, &tried).await?;
        }
    }

    /// The endpoint and what waits for it; none when it is not called any more.
    async fn next(
        &self,
        user: UserId,
        queue: OrderedQueue,
    ) -> Result<Option<(Endpoint, Vec<Delivery>)>, WebhooksError> {
        self.core
            .read(user, async |work| {
                let endpoint = called(work, queue.endpoint).await?;
                let waiting = store::next_in_queue(work, &queue, MAX_BATCH).await?;
                Ok(endpoint.map(|endpoint| (endpoint, waiting)))
            })
            .await
    }

    /// Sends one after the other until one is refused.
    async fn send(&self, user: UserId, endpoint: &Endpoint, waiting: Vec<Delivery>) -> Vec<DeliveryOutcome> {
        let begun = Instant::now();
        let mut tried = Vec::new();
        for delivery in waiting {
            let attempt = self.caller.deliver(user, endpoint, &delivery).await;
            let is_taken = attempt.is_success();
            tried.push(DeliveryOutcome {
                delivery,
                attempt,
                ahead_of: None,
            });
            if !is_taken || begun.elapsed() > MAX_UNWRITTEN {
                break;
            }
        }
        tried
    }

    /// Sends the second before the first, which was refused again and again.
    async fn send_ahead(
        &self,
        user: UserId,
        endpoint: &Endpoint,
        waiting: Vec<Delivery>,
    ) -> Vec<DeliveryOutcome> {
        let mut waiting = waiting.into_iter();
        let (Some(first), Some(second)) = (waiting.next(), waiting.next()) else {
            return Vec::new();
        };
        let attempt = self.caller.deliver(user, endpoint, &second).await;
        vec![DeliveryOutcome {
            delivery: second,
            attempt,
            ahead_of: Some(first.id),
        }]
    }

    async fn record(
        &self,
        user: UserId,
        endpoint: WebhookEndpointId,
        tried: &[DeliveryOutcome],
    ) -> Result<(), WebhooksError> {
        let mut work = self.core.begin(user).await?;
        outcome::record(&mut work, endpoint, tried).await?;
        Ok(work.commit().await?)
    }

    /// Delivers one event out of the order.
    async fn run_alone(&self, user: UserId, id: WebhookDeliveryId) -> Result<Done, WebhooksError> {
        let mut work = self.core.begin(user).await?;
        let found = store::load_deliveries(&mut work, &[id]).await?.pop();
        let Some(delivery) = found.filter(|found| found.is_alone && found.state == DeliveryState::Pending)
        else {
            work.rollback().await?;
            return Ok(Done::Finished);
        };
        let endpoint = called(&mut work, delivery.endpoint).await?;
        work.rollback().await?;
        let Some(endpoint) = endpoint else {
            return Ok(Done::Finished);
        };
        if let Some(at) = delivery.next_try_at.filter(|at| *at > self.core.clock.now()) {
            return Ok(Done::Again(at));
        }
        let attempt = self.caller.deliver(user, &endpoint, &delivery).await;
        let is_taken = attempt.is_success();
        let tried = DeliveryOutcome {
            delivery,
            attempt,
            ahead_of: None,
        };
        self.record(user, endpoint.id, &[tried]).await?;
        // When it is sent again was written just now; the next look reads it.
        Ok(if is_taken {
            Done::Finished
        } else {
            Done::Again(self.core.clock.now())
        })
    }
}

/// The endpoint, if it is called. Nothing is sent for a suspended user: it waits until that is taken back.
async fn called(work: &mut Work, id: WebhookEndpointId) -> Result<Option<Endpoint>, WebhooksError> {
    let user = work.user;
    if user::is_suspended(work, user).await? {
        return Ok(None);
    }
    let Some(row) = store::load_endpoints(work, &[id]).await?.pop() else {
        return Ok(None);
    };
    let endpoint = row.open(&work.key)?;
    Ok(Some(endpoint).filter(|endpoint| endpoint.disabled.is_none()))
}

#[async_trait]
impl Handler for Deliver {
    fn kind(&self) -> &'static str {
        DELIVER
    }

    async fn run(&self, job: &Job) -> Result<Done, JobError> {
        let (queue, user): (OrderedQueue, _) = (job.read()?, job.owner()?);
        let Some(_slot) = self.limit.acquire(user) else {
            return Ok(Done::Again(self.core.clock.now() + jobs::BUSY_USER_DELAY));
        };
        self.run_queue(user, queue).await.map_err(JobError::failed)
    }
}

/// Delivers single events out of the order: those that were asked for again, and those that are refused while others
/// are taken.
#[derive(Debug, Clone)]
pub struct DeliverAlone(Deliver);

#[async_trait]
impl Handler for DeliverAlone {
    fn kind(&self) -> &'static str {
        DELIVER_ALONE
    }

    async fn run(&self, job: &Job) -> Result<Done, JobError> {
        let (id, user): (WebhookDeliveryId, _) = (job.read()?, job.owner()?);
        let Some(_slot) = self.0.limit.acquire(user) else {
            return Ok(Done::Again(self.0.core.clock.now() + jobs::BUSY_USER_DELAY));
        };
        self.0.run_alone(user, id).await.map_err(JobError::failed)
    }
}
