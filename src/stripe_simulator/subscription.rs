//! Subscriptions as they are stored and shown.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::discount::Discount;
use super::invoice::Line;
use super::list;
use super::metadata::Metadata;
use super::object::Object;
use super::period::Period;
use super::state::State;
use super::template;

/// The state of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionStatus {
    /// The first payment has not succeeded.
    Incomplete,
    /// The first payment did not succeed in 23 hours.
    IncompleteExpired,
    /// In its trial.
    Trialing,
    /// Paid, or with a first payment on its way.
    Active,
    /// A payment failed, and is tried again.
    PastDue,
    /// A payment failed for good, and the account leaves such subscriptions open.
    Unpaid,
    /// The trial ended without a payment method.
    Paused,
    /// Ended.
    Canceled,
}

impl SubscriptionStatus {
    /// True when money is owed for a subscription that has not ended.
    pub(super) const fn owes(self) -> bool {
        matches!(self, Self::PastDue | Self::Unpaid)
    }

    /// True when it cannot live again.
    pub(super) const fn has_ended(self) -> bool {
        matches!(self, Self::Canceled | Self::IncompleteExpired)
    }

    /// True when periods follow each other.
    pub(super) const fn renews(self) -> bool {
        matches!(self, Self::Trialing | Self::Active | Self::PastDue | Self::Unpaid)
    }
}

/// The effect of a trial's end on a subscription without a payment method.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum MissingMethod {
    #[default]
    CreateInvoice,
    Pause,
    Cancel,
}

/// A price that is subscribed to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Item {
    pub(super) id: String,
    pub(super) created: i64,
    pub(super) price: String,
    pub(super) quantity: i64,
    pub(super) metadata: Metadata,
    pub(super) period_start: i64,
    pub(super) period_end: i64,
}

/// The circumstances of a cancellation.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Cancellation {
    pub(super) comment: Option<String>,
    pub(super) feedback: Option<String>,
    pub(super) reason: Option<String>,
}

/// A subscription.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Subscription {
    pub(super) id: String,
    pub(super) customer: String,
    pub(super) created: i64,
    pub(super) status: SubscriptionStatus,
    pub(super) items: Vec<Item>,
    pub(super) currency: String,
    pub(super) period: Period,
    pub(super) anchor: i64,
    pub(super) trial_start: Option<i64>,
    pub(super) trial_end: Option<i64>,
    pub(super) has_told_trial_end: bool,
    pub(super) missing_method: MissingMethod,
    pub(super) cancel_at: Option<i64>,
    pub(super) cancel_at_period_end: bool,
    pub(super) canceled_at: Option<i64>,
    pub(super) ended_at: Option<i64>,
    pub(super) cancellation: Cancellation,
    pub(super) default_payment_method: Option<String>,
    pub(super) discount: Option<Discount>,
    pub(super) latest_invoice: Option<String>,
    /// Credits and debits of changed prices, for the next invoice.
    pub(super) pending: Vec<Line>,
    pub(super) has_automatic_tax: bool,
    pub(super) description: Option<String>,
    pub(super) metadata: Metadata,
}

impl Object for Subscription {
    const WORD: &'static str = "subscription";

    fn render(&self, state: &State) -> Value {
        let items = self.items.iter().map(|item| item.render(&self.id, state));
        let url = format!("/v1/subscription_items?subscription={}", self.id);
        let discounts: Vec<&str> = self.discount.iter().map(|it| it.id.as_str()).collect();
        let customer = state.customers.get(&self.customer);
        let varying = json!({
            "id": self.id,
            "automatic_tax": {
                "disabled_reason": null,
                "enabled": self.has_automatic_tax,
                "liability": if self.has_automatic_tax { json!({ "type": "self" }) } else { Value::Null },
            },
            "billing_cycle_anchor": self.anchor,
            "cancel_at": self.cancel_at,
            "cancel_at_period_end": self.cancel_at_period_end,
            "canceled_at": self.canceled_at,
            "cancellation_details": {
                "comment": self.cancellation.comment,
                "feedback": self.cancellation.feedback,
                "reason": self.cancellation.reason,
            },
            "created": self.created,
            "currency": self.currency,
            "customer": self.customer,
            "default_payment_method": self.default_payment_method,
            "description": self.description,
            "discounts": discounts,
            "ended_at": self.ended_at,
            "items": list::whole(&url, items),
            "latest_invoice": self.latest_invoice,
            "metadata": self.metadata,
            "start_date": self.created,
            "status": self.status,
            "test_clock": customer.and_then(|customer| customer.test_clock.as_ref()),
            "trial_end": self.trial_end,
            "trial_settings": { "end_behavior": { "missing_payment_method": self.missing_method } },
            "trial_start": self.trial_start,
        });
        template::filled(template::SUBSCRIPTION, varying)
    }
}

impl Item {
    pub(super) fn render(&self, subscription: &str, state: &State) -> Value {
        let price = state.prices.get(&self.price);
        json!({
            "id": self.id,
            "object": "subscription_item",
            "billing_thresholds": null,
            "created": self.created,
            "current_period_end": self.period_end,
            "current_period_start": self.period_start,
            "discounts": [],
            "metadata": self.metadata,
            "plan": price.map(super::price::Price::plan),
            "price": price.map(|price| price.render(state)),
            "quantity": self.quantity,
            "subscription": subscription,
            "tax_rates": [],
        })
    }
}

impl Subscription {
    /// The end of the present period; all items share it.
    pub(super) fn period_end(&self) -> i64 {
        self.items.first().map_or(self.created, |item| item.period_end)
    }

    /// The start of the present period.
    pub(super) fn period_start(&self) -> i64 {
        self.items.first().map_or(self.created, |item| item.period_start)
    }

    /// Sets the present period of all items.
    pub(super) fn set_period(&mut self, start: i64, end: i64) {
        for item in &mut self.items {
            item.period_start = start;
            item.period_end = end;
        }
        if self.cancel_at_period_end {
            self.cancel_at = Some(end);
        }
    }

    /// Asks for, or takes back, the end at the end of the present period.
    pub(super) fn cancel_at_period_end(&mut self, cancels: bool, now: i64) {
        if cancels == self.cancel_at_period_end {
            return;
        }
        self.cancel_at_period_end = cancels;
        self.cancel_at = cancels.then(|| self.period_end());
        self.canceled_at = cancels.then_some(now);
        self.cancellation.reason = cancels.then(|| "cancellation_requested".to_owned());
    }
}

impl State {
    /// Changes a subscription, and tells of it as `customer.subscription.updated` if anything is different.
    pub(super) fn change_subscription(&mut self, id: &str, change: impl FnOnce(&mut Subscription)) {
        let Some(mut subscription) = self.subscriptions.get(id).cloned() else {
            return;
        };
        let before = subscription.render(self);
        change(&mut subscription);
        let after = subscription.render(self);
        self.subscriptions.insert(id.to_owned(), subscription);
        self.emit_change("customer.subscription.updated", &before, after);
    }

    /// Ends a subscription now.
    pub(super) fn end_subscription(&mut self, id: &str, reason: &str) {
        let Some(mut subscription) = self.subscriptions.get(id).cloned() else {
            return;
        };
        let now = self.now_of(&subscription.customer);
        subscription.status = SubscriptionStatus::Canceled;
        subscription.canceled_at = subscription.canceled_at.or(Some(now));
        subscription.ended_at = Some(now);
        subscription
            .cancellation
            .reason
            .get_or_insert_with(|| reason.to_owned());
        let after = subscription.render(self);
        self.subscriptions.insert(id.to_owned(), subscription);
        self.stop_collecting(id);
        self.emit("customer.subscription.deleted", after);
    }
}
