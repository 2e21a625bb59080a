//! Delivering: a job for each lane of an endpoint, and one for each event that goes alone.

use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use super::call::Caller;
use super::error::WebhooksError;
use super::lane::{DELIVER, DELIVER_ALONE, Lane};
use super::model::{Delivery, DeliveryState, Endpoint};
use super::record::{self, Tried};
use super::schedule::{Step, next_step};
use super::store;
use crate::egress::Egress;
use crate::features::webhooks::{WebhookDeliveryId, WebhookEndpointId};
use crate::id::UserId;
use crate::jobs::{self, Done, Handler, Job, JobError};
use crate::per_key_limit::PerKeyLimit;
use crate::work::{Core, Work};

/// Maximum number of events sent before their outcomes are written: a crash sends as many again at most.
const AT_ONCE: i64 = 16;
/// Maximum time for which events are sent before their outcomes are written.
const UNWRITTEN: Duration = Duration::from_secs(1);
/// Maximum time of one turn of a queue while others may wait.
const TURN: Duration = Duration::from_secs(3);
/// Maximum number of queues of one user delivered at once.
const MOST_OF_ONE_USER: usize = 8;

/// Delivers events, in order within each lane.
#[derive(Debug, Clone)]
pub struct Deliver {
    core: Core,
    caller: Caller,
    limit: PerKeyLimit<UserId>,
}

impl Deliver {
    /// Handler that delivers through `egress`.
    pub fn new(core: Core, egress: Egress) -> Self {
        let caller = Caller::new(core.clone(), egress);
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

    /// Delivers what waits in a lane until nothing does, something is refused, or others should have a turn.
    async fn run_lane(&self, user: UserId, lane: Lane) -> Result<Done, WebhooksError> {
        let begun = Instant::now();
        loop {
            let now = self.core.clock.now();
            let Some((endpoint, waiting)) = self.next(user, lane).await? else {
                return Ok(Done::Finished);
            };
            let tried = match next_step(&endpoint, &waiting, now) {
                Step::Nothing => return Ok(Done::Finished),
                Step::Wait(at) => return Ok(Done::Again(at)),
                Step::InOrder | Step::Ahead if begun.elapsed() > TURN => return Ok(Done::Again(now)),
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
        lane: Lane,
    ) -> Result<Option<(Endpoint, Vec<Delivery>)>, WebhooksError> {
        let mut work = self.core.begin(user).await?;
        let endpoint = called(&mut work, lane.endpoint).await?;
        let waiting = store::next_in_lane(&mut work, &lane, AT_ONCE).await?;
        work.rollback().await?;
        Ok(endpoint.map(|endpoint| (endpoint, waiting)))
    }

    /// Sends one after the other until one is refused.
    async fn send(&self, user: UserId, endpoint: &Endpoint, waiting: Vec<Delivery>) -> Vec<Tried> {
        let begun = Instant::now();
        let mut tried = Vec::new();
        for delivery in waiting {
            let attempt = self.caller.deliver(user, endpoint, &delivery).await;
            let is_taken = attempt.is_success();
            tried.push(Tried {
                delivery,
                attempt,
                ahead_of: None,
            });
            if !is_taken || begun.elapsed() > UNWRITTEN {
                break;
            }
        }
        tried
    }

    /// Sends the second before the first, which was refused again and again.
    async fn send_ahead(&self, user: UserId, endpoint: &Endpoint, waiting: Vec<Delivery>) -> Vec<Tried> {
        let mut waiting = waiting.into_iter();
        let (Some(first), Some(second)) = (waiting.next(), waiting.next()) else {
            return Vec::new();
        };
        let attempt = self.caller.deliver(user, endpoint, &second).await;
        vec![Tried {
            delivery: second,
            attempt,
            ahead_of: Some(first.id),
        }]
    }

    async fn record(
        &self,
        user: UserId,
        endpoint: WebhookEndpointId,
        tried: &[Tried],
    ) -> Result<(), WebhooksError> {
        let mut work = self.core.begin(user).await?;
        record::record(&mut work, endpoint, tried).await?;
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
        let tried = Tried {
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

async fn called(work: &mut Work, id: WebhookEndpointId) -> Result<Option<Endpoint>, WebhooksError> {
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
        let (lane, user): (Lane, _) = (job.read()?, job.owner()?);
        let Some(_slot) = self.limit.acquire(user) else {
            return Ok(Done::Again(self.core.clock.now() + jobs::BUSY_USER_DELAY));
        };
        self.run_lane(user, lane).await.map_err(JobError::failed)
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
