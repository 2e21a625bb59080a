//! The methods by which tests and the demonstration drive a simulator.

use serde::Serialize;
use serde_json::Value;

use super::action;
use super::api;
use super::error::StripeSimulatorError;
use super::form;
use super::requests::AnsweredRequest;
use super::signature::SignedWebhook;
use super::subscription::{Subscription, SubscriptionStatus};
use super::webhooks::Delivery;
use super::{Action, StripeSimulator};

/// A subscription, as far as one needs it to say who has paid for what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SubscriptionInfo {
    /// The id.
    pub id: String,
    /// The customer.
    pub customer: String,
    /// The state.
    pub status: SubscriptionStatus,
    /// The price of the first item.
    pub price: Option<String>,
    /// The end of the present period.
    pub period_end: i64,
    /// True when it ends with the present period.
    pub cancels_at_period_end: bool,
    /// The moment at which it ended.
    pub ended_at: Option<i64>,
    /// The newest invoice.
    pub latest_invoice: Option<String>,
}

impl From<&Subscription> for SubscriptionInfo {
    fn from(subscription: &Subscription) -> Self {
        Self {
            id: subscription.id.clone(),
            customer: subscription.customer.clone(),
            status: subscription.status,
            price: subscription.items.first().map(|item| item.price.clone()),
            period_end: subscription.period_end(),
            cancels_at_period_end: subscription.cancel_at_period_end,
            ended_at: subscription.ended_at,
            latest_invoice: subscription.latest_invoice.clone(),
        }
    }
}

impl StripeSimulator {
    /// Lets something happen, and returns the ids that came of it.
    ///
    /// # Errors
    /// [`StripeSimulatorError::Unknown`] and [`StripeSimulatorError::Invalid`] for what does not exist or has the wrong
    /// form, [`StripeSimulatorError::Refused`] for what Stripe would refuse.
    pub fn act(&self, action: Action) -> Result<Value, StripeSimulatorError> {
        action::perform(self.core(), action)
    }

    /// Lets seconds pass.
    ///
    /// # Errors
    /// [`StripeSimulatorError::Invalid`] for a negative number, and for more than two years.
    pub fn advance(&self, seconds: i64) -> Result<Value, StripeSimulatorError> {
        self.act(Action::Advance { seconds })
    }

    /// Calls the API without a socket, such as `POST`, `/v1/prices` with `currency=eur&...`; no failures befall it.
    ///
    /// # Errors
    /// [`StripeSimulatorError::Refused`] as Stripe would refuse it.
    pub fn call(&self, method: &str, path: &str, encoded: &str) -> Result<Value, StripeSimulatorError> {
        let params = form::parse(encoded.as_bytes())?;
        let answer = self.core().act(|state| api::execute(state, method, path, params));
        Ok(answer?)
    }

    /// The subscriptions, oldest first.
    pub fn subscriptions(&self) -> Vec<SubscriptionInfo> {
        self.core()
            .act(|state| state.subscriptions.values().map(SubscriptionInfo::from).collect())
    }

    /// The present of billing, in Unix seconds.
    pub fn now(&self) -> i64 {
        self.core().look(|state| state.time.billing())
    }

    /// The last requests to the API, oldest first.
    pub fn requests(&self) -> Vec<AnsweredRequest> {
        self.core().look(|state| state.requests.all())
    }

    /// The deliveries of webhooks, as they are queued.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.core().look(|state| state.webhooks.all().to_vec())
    }

    /// Waits until every webhook that is due was sent.
    pub async fn wait_until_delivered(&self) {
        self.core().idle().await;
    }

    /// Takes the webhooks that are kept back, signed now, for a test that delivers them itself.
    pub fn take_held_webhooks(&self) -> Vec<SignedWebhook> {
        self.core().look(|state| {
            let held = state.webhooks.take_held();
            let signed = held.iter().filter_map(|delivery| {
                let endpoint = state.webhooks.endpoint(&delivery.url)?;
                state.signed(&delivery.event, &endpoint.secrets).ok()
            });
            signed.collect()
        })
    }

    /// An event as a webhook that is signed now with these secrets.
    ///
    /// # Errors
    /// [`StripeSimulatorError::Refused`] when there is no such event.
    pub fn sign(&self, event: &str, secrets: &[String]) -> Result<SignedWebhook, StripeSimulatorError> {
        Ok(self.core().look(|state| state.signed(event, secrets))?)
    }
}
