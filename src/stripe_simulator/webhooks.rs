//! Webhooks: endpoints, the queue of deliveries, and what goes wrong with them on command.

use std::collections::VecDeque;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::time::HOUR;

/// The seconds from each failed attempt to the next.
const RETRY_AFTER: [i64; 6] = [60, 300, 30 * 60, 2 * HOUR, 5 * HOUR, 10 * HOUR];

/// An address that events are sent to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WebhookEndpoint {
    /// The address, on this machine.
    pub url: String,
    /// The secrets; while one is rolled over there are two, and each signs.
    pub secrets: Vec<String>,
    /// The types of events that are sent; without any, all of them.
    #[serde(default)]
    pub events: Vec<String>,
}

/// A failure of the next webhooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum WebhookFault {
    /// The webhooks are never sent.
    Lose,
    /// Each webhook is sent twice.
    Duplicate,
    /// The webhooks are sent after these seconds of billing time, at most two years.
    Delay(u32),
}

/// The order in which held webhooks are released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ReleaseOrder {
    /// As they happened.
    InOrder,
    /// The newest first.
    Reversed,
    /// By chance, the same for each seed.
    Shuffled(u64),
}

/// The state of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DeliveryState {
    /// Kept back until webhooks are released.
    Held,
    /// To be sent, or sent again.
    Waiting,
    /// Answered with success.
    Delivered,
    /// Given up after the last attempt.
    Failed,
    /// Never to be sent.
    Lost,
}

/// One event on its way to one endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// The id of the event.
    pub event: String,
    /// The type of the event.
    #[serde(rename = "type")]
    pub kind: String,
    /// The address.
    pub url: String,
    /// The state.
    pub state: DeliveryState,
    /// The statuses of the answers, 0 where there was none.
    pub statuses: Vec<u16>,
    /// The moment of the next attempt.
    pub due_at: i64,
}

/// The queue.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Webhooks {
    endpoints: Vec<WebhookEndpoint>,
    deliveries: Vec<Delivery>,
    faults: VecDeque<(WebhookFault, u32)>,
    is_holding: bool,
    /// True while a delivery is on its way.
    #[serde(skip)]
    is_sending: bool,
}

impl Webhooks {
    /// Replaces the endpoints. Deliveries to others are given up.
    pub(super) fn set_endpoints(&mut self, endpoints: Vec<WebhookEndpoint>) {
        self.endpoints = endpoints;
        let kept: Vec<&str> = self.endpoints.iter().map(|it| it.url.as_str()).collect();
        for delivery in &mut self.deliveries {
            let is_pending = matches!(delivery.state, DeliveryState::Held | DeliveryState::Waiting);
            if is_pending && !kept.contains(&delivery.url.as_str()) {
                delivery.state = DeliveryState::Failed;
            }
        }
    }

    pub(super) fn endpoint(&self, url: &str) -> Option<&WebhookEndpoint> {
        self.endpoints.iter().find(|endpoint| endpoint.url == url)
    }

    /// Lets the next `count` webhooks fail.
    pub(super) fn fail(&mut self, fault: WebhookFault, count: u32) {
        if count > 0 {
            self.faults.push_back((fault, count));
        }
    }

    /// Keeps all webhooks from now on.
    pub(super) fn hold(&mut self) {
        self.is_holding = true;
    }

    /// Sends what was held, and holds no more.
    pub(super) fn release(&mut self, order: ReleaseOrder) {
        self.is_holding = false;
        let mut held = self.take_held();
        match order {
            ReleaseOrder::InOrder => {}
            ReleaseOrder::Reversed => held.reverse(),
            ReleaseOrder::Shuffled(seed) => held.shuffle(&mut StdRng::seed_from_u64(seed)),
        }
        for delivery in &mut held {
            delivery.state = DeliveryState::Waiting;
        }
        self.deliveries.extend(held);
    }

    /// Takes what is held out of the queue.
    pub(super) fn take_held(&mut self) -> Vec<Delivery> {
        let (held, others) = std::mem::take(&mut self.deliveries)
            .into_iter()
            .partition(|delivery| delivery.state == DeliveryState::Held);
        self.deliveries = others;
        held
    }

    /// Queues an event for every endpoint that wants it.
    pub(super) fn queue(&mut self, event: &Event, now: i64) {
        let wanting = self.endpoints.iter().filter(|endpoint| {
            endpoint.events.is_empty()
                || endpoint
                    .events
                    .iter()
                    .any(|kind| *kind == event.kind || kind == "*")
        });
        let urls: Vec<String> = wanting.map(|endpoint| endpoint.url.clone()).collect();
        for url in urls {
            let fault = self.next_fault();
            let mut delivery = Delivery {
                event: event.id.clone(),
                kind: event.kind.clone(),
                url,
                state: if self.is_holding {
                    DeliveryState::Held
                } else {
                    DeliveryState::Waiting
                },
                statuses: Vec::new(),
                due_at: now,
            };
            match fault {
                None => {}
                Some(WebhookFault::Lose) => delivery.state = DeliveryState::Lost,
                Some(WebhookFault::Duplicate) => self.deliveries.push(delivery.clone()),
                Some(WebhookFault::Delay(seconds)) => delivery.due_at += i64::from(seconds),
            }
            self.deliveries.push(delivery);
        }
    }

    fn next_fault(&mut self) -> Option<WebhookFault> {
        let (fault, count) = self.faults.front_mut()?;
        let fault = *fault;
        *count = count.saturating_sub(1);
        if *count == 0 {
            self.faults.pop_front();
        }
        Some(fault)
    }

    /// Queues an event once more for every endpoint, whatever became of it before.
    pub(super) fn resend(&mut self, event: &Event, now: i64) {
        for endpoint in &self.endpoints {
            self.deliveries.push(Delivery {
                event: event.id.clone(),
                kind: event.kind.clone(),
                url: endpoint.url.clone(),
                state: DeliveryState::Waiting,
                statuses: Vec::new(),
                due_at: now,
            });
        }
    }

    /// The number of endpoints that an event has not reached.
    pub(super) fn pending(&self, event: &str) -> usize {
        let of_event = self.deliveries.iter().filter(|delivery| delivery.event == event);
        of_event
            .filter(|it| {
                matches!(
                    it.state,
                    DeliveryState::Held | DeliveryState::Waiting | DeliveryState::Failed
                )
            })
            .count()
    }

    pub(super) fn all(&self) -> &[Delivery] {
        &self.deliveries
    }

    /// The next delivery that is due, which is on its way from now on.
    pub(super) fn begin_next(&mut self, now: i64) -> Option<Delivery> {
        let is_due = |it: &&Delivery| it.state == DeliveryState::Waiting && it.due_at <= now;
        let delivery = self.deliveries.iter().find(is_due)?.clone();
        self.is_sending = true;
        Some(delivery)
    }

    /// Notes the answer to a delivery: 0 is none.
    pub(super) fn end(&mut self, sent: &Delivery, status: u16, now: i64) {
        self.is_sending = false;
        let mut deliveries = self.deliveries.iter_mut();
        let Some(delivery) = deliveries.find(|delivery| *delivery == sent) else {
            return;
        };
        delivery.statuses.push(status);
        let retry = RETRY_AFTER.get(delivery.statuses.len() - 1);
        match retry {
            _ if (200..300).contains(&status) => delivery.state = DeliveryState::Delivered,
            Some(seconds) => delivery.due_at = now + seconds,
            None => delivery.state = DeliveryState::Failed,
        }
    }

    /// True when nothing is on its way, and nothing is due.
    pub(super) fn is_idle(&self, now: i64) -> bool {
        let is_due = |it: &Delivery| it.state == DeliveryState::Waiting && it.due_at <= now;
        !self.is_sending && !self.deliveries.iter().any(is_due)
    }

    /// The seconds until the next delivery is due.
    pub(super) fn next_in(&self, now: i64) -> Option<u64> {
        let waiting = self
            .deliveries
            .iter()
            .filter(|it| it.state == DeliveryState::Waiting);
        let next = waiting.map(|delivery| delivery.due_at - now).min()?;
        u64::try_from(next).ok()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::state::State;
    use super::DeliveryState::{Lost, Waiting};
    use super::*;

    fn with_endpoint() -> State {
        let mut state = State::at(0);
        state.webhooks.set_endpoints(vec![WebhookEndpoint {
            url: "http://127.0.0.1:1/".to_owned(),
            secrets: vec!["whsec_a".to_owned()],
            events: Vec::new(),
        }]);
        state
    }

    fn happen(state: &mut State, kinds: &[&str]) {
        for kind in kinds {
            state.emit(kind, json!({ "id": "x" }));
        }
    }

    fn states(state: &State) -> Vec<(&str, DeliveryState)> {
        let all = state.webhooks.all().iter();
        all.map(|delivery| (delivery.kind.as_str(), delivery.state))
            .collect()
    }

    #[test]
    fn faults_befall_as_many_events_as_was_said() {
        let mut state = with_endpoint();
        state.webhooks.fail(WebhookFault::Lose, 1);
        state.webhooks.fail(WebhookFault::Duplicate, 1);

        happen(&mut state, &["a", "b", "c"]);

        assert_eq!(
            states(&state),
            [("a", Lost), ("b", Waiting), ("b", Waiting), ("c", Waiting)]
        );
    }

    #[test]
    fn a_fault_of_no_events_befalls_none() {
        let mut state = with_endpoint();
        state.webhooks.fail(WebhookFault::Lose, 0);

        happen(&mut state, &["a"]);

        assert_eq!(states(&state), [("a", Waiting)]);
    }

    #[test]
    fn held_webhooks_are_released_in_another_order() {
        let mut state = with_endpoint();
        state.webhooks.hold();
        happen(&mut state, &["a", "b"]);
        assert!(state.webhooks.is_idle(0));

        state.webhooks.release(ReleaseOrder::Reversed);

        assert_eq!(states(&state), [("b", Waiting), ("a", Waiting)]);
    }

    #[test]
    fn a_failed_delivery_is_tried_again_later_and_given_up_at_last() {
        let mut state = with_endpoint();
        happen(&mut state, &["a"]);

        let mut now = 0;
        let mut attempts = 0;
        while let Some(delivery) = state.webhooks.begin_next(now) {
            state.webhooks.end(&delivery, 500, now);
            assert!(state.webhooks.is_idle(now), "the next attempt is later");
            now += 10 * HOUR;
            attempts += 1;
        }

        assert_eq!(attempts, RETRY_AFTER.len() + 1);
        assert_eq!(states(&state), [("a", DeliveryState::Failed)]);
    }

    #[test]
    fn what_waits_for_an_endpoint_that_is_gone_is_given_up() {
        let mut state = with_endpoint();
        happen(&mut state, &["a"]);

        state.webhooks.set_endpoints(Vec::new());

        assert_eq!(states(&state), [("a", DeliveryState::Failed)]);
    }

    #[test]
    fn an_endpoint_gets_the_types_that_it_wants() {
        let mut state = with_endpoint();
        state.webhooks.endpoints[0].events = vec!["b".to_owned()];

        happen(&mut state, &["a", "b"]);

        assert_eq!(states(&state), [("b", DeliveryState::Waiting)]);
    }
}
