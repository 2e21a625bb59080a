//! The start of a subscription, by the API or at the end of a checkout.

use super::collect::Collected;
use super::invoice::BillingReason;
use super::metadata::Metadata;
use super::object::named;
use super::order::{Order, Ordered, Trial};
use super::period::Period;
use super::refusal::{Refusal, Result};
use super::state::State;
use super::subscription::{Cancellation, Item, Subscription, SubscriptionStatus};
use super::time::DAY;

impl State {
    /// Checks that prices can be subscribed to together, and returns their period and currency.
    pub(super) fn check_items(&self, items: &[Ordered], param: &str) -> Result<(Period, String)> {
        let mut together: Option<(Period, String)> = None;
        for (at, item) in items.iter().enumerate() {
            let param = format!("{param}[{at}][price]");
            let price = named(&self.prices, &item.price, &param)?;
            if !price.active {
                let message = "The price specified is inactive. This field only accepts active prices.";
                return Err(Refusal::invalid(message).param(param));
            }
            let Some(period) = price.recurring else {
                let message = format!(
                    "The price specified is set to `type=one_time` but this field only accepts prices with \
                     `type=recurring`: {}.",
                    price.id
                );
                return Err(Refusal::invalid(message).param(param));
            };
            let this = (period, price.currency.clone());
            if together.as_ref().is_some_and(|those| *those != this) {
                let message = "All prices of a subscription must have the same currency, `recurring.interval` and \
                               `recurring.interval_count`.";
                return Err(Refusal::invalid(message).param(param));
            }
            together = Some(this);
        }
        together.ok_or_else(|| {
            Refusal::invalid(format!("Missing required param: {param}."))
                .code("parameter_missing")
                .param(param)
        })
    }

    /// Starts a subscription with its first invoice, which is final and not collected yet.
    pub(super) fn start_subscription(&mut self, order: Order) -> Result<String> {
        let (period, currency) = self.check_items(&order.items, "items")?;
        let discount = match &order.reduction {
            None => None,
            Some(reduction) => Some(self.redeem(reduction, &order.customer)?),
        };
        let now = self.now_of(&order.customer);
        let trial_end = order.trial.map(|trial| match trial {
            Trial::Days(days) => now + days * DAY,
            Trial::Until(end) => end,
        });
        let end = trial_end.unwrap_or_else(|| period.boundary_after(now, now));
        let subscription = Subscription {
            id: self.id("sub"),
            customer: order.customer,
            created: now,
            status: match trial_end {
                Some(_) => SubscriptionStatus::Trialing,
                None => SubscriptionStatus::Incomplete,
            },
            items: self.new_items(&order.items, now, end),
            currency,
            period,
            anchor: trial_end.unwrap_or(now),
            trial_start: trial_end.map(|_| now),
            trial_end,
            has_told_trial_end: false,
            missing_method: order.missing_method,
            cancel_at: None,
            cancel_at_period_end: false,
            canceled_at: None,
            ended_at: None,
            cancellation: Cancellation::default(),
            default_payment_method: order.method,
            discount,
            latest_invoice: None,
            pending: Vec::new(),
            has_automatic_tax: order.has_automatic_tax,
            description: order.description,
            metadata: order.metadata,
        };
        let id = subscription.id.clone();
        let lines = self.period_lines(&subscription);
        self.subscriptions.insert(id.clone(), subscription);
        let invoice = self.draft_invoice(&id, BillingReason::Start, lines);
        self.emit_subscription("customer.subscription.created", &id);
        if let Some(invoice) = invoice {
            self.finalize(&invoice);
        }
        Ok(id)
    }

    fn new_items(&mut self, ordered: &[Ordered], start: i64, end: i64) -> Vec<Item> {
        let mut items = Vec::new();
        for ordered in ordered {
            items.push(Item {
                id: self.id("si"),
                created: start,
                price: ordered.price.clone(),
                quantity: ordered.quantity,
                metadata: Metadata::new(),
                period_start: start,
                period_end: end,
            });
        }
        items
    }

    /// True when the newest invoice of a subscription is more than zero.
    pub(super) fn has_amount_due(&self, subscription: &str) -> bool {
        let newest = self
            .subscriptions
            .get(subscription)
            .and_then(|it| it.latest_invoice.as_ref());
        let newest = newest.and_then(|newest| self.invoices.get(newest));
        newest.is_some_and(|newest| newest.amount_due > 0)
    }

    /// Collects the newest invoice of a subscription.
    pub(super) fn collect_newest(&mut self, subscription: &str) -> Collected {
        let newest = self
            .subscriptions
            .get(subscription)
            .and_then(|it| it.latest_invoice.clone());
        newest.map_or(Collected::Paid, |newest| self.collect(&newest, None))
    }
}
