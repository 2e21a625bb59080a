//! The calls under `/v1/subscriptions`.

use serde_json::Value;

use super::collect::Collected;
use super::customer;
use super::discount::Reduction;
use super::instrument::Decline;
use super::invoice::BillingReason;
use super::list::{self, Between, Page};
use super::metadata::Change;
use super::object::{Object as _, found, named};
use super::order::{Order, check_trial, take_automatic_tax, take_items, take_trial};
use super::params::Params;
use super::refusal::{Refusal, Result};
use super::state::State;
use super::subscription::{Subscription, SubscriptionStatus};
use super::subscription_update::take_cancellation;

/// The states by which a list is filtered.
const STATUSES: [&str; 10] = [
    "active",
    "all",
    "canceled",
    "ended",
    "incomplete",
    "incomplete_expired",
    "past_due",
    "paused",
    "trialing",
    "unpaid",
];

/// `GET /v1/subscriptions/{id}`
pub(super) fn retrieve(state: &State, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    rendered(state, id)
}

/// A subscription as it is now.
pub(super) fn rendered(state: &State, id: &str) -> Result<Value> {
    Ok(found(&state.subscriptions, id)?.render(state))
}

/// `GET /v1/subscriptions`
pub(super) fn list(state: &State, mut params: Params) -> Result<Value> {
    let customer = params.text("customer")?;
    let price = params.text("price")?;
    let status = params.choice("status", &STATUSES)?;
    let created = Between::take(&mut params, "created")?;
    let test_clock = params.text("test_clock")?;
    let page = Page::take(&mut params)?;
    params.finish()?;
    if let Some(customer) = &customer {
        named(&state.customers, customer, "customer")?;
    }
    page.of(state, &state.subscriptions, "/v1/subscriptions", |it| {
        let clock = state
            .customers
            .get(&it.customer)
            .and_then(|it| it.test_clock.as_ref());
        customer.as_ref().is_none_or(|customer| it.customer == *customer)
            && price
                .as_ref()
                .is_none_or(|price| it.items.iter().any(|item| item.price == *price))
            && created.has(it.created)
            && test_clock.as_ref().is_none_or(|wanted| clock == Some(wanted))
            && is_of_status(it.status, status)
    })
}

fn is_of_status(status: SubscriptionStatus, wanted: Option<&str>) -> bool {
    match wanted {
        None => status != SubscriptionStatus::Canceled,
        Some("all") => true,
        Some("ended") => status.has_ended(),
        Some(name) => serde_json::json!(status) == name,
    }
}

/// The treatment of a first payment that does not succeed at once.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FirstPayment {
    /// Charged at once, and incomplete if that fails.
    Tried,
    /// Left to the customer.
    Left,
    /// Charged at once, and refused if that fails.
    Required,
}

/// `POST /v1/subscriptions`
pub(super) fn create(state: &mut State, mut params: Params) -> Result<Value> {
    let first_payment = take_first_payment(&mut params)?;
    let cancels = params.flag("cancel_at_period_end")?.unwrap_or(false);
    let order = take_order(&mut params)?;
    params.finish()?;
    check_order(state, &order, first_payment)?;
    let now = state.now_of(&order.customer);
    let id = state.start_subscription(order)?;
    if cancels {
        state.change_subscription(&id, |it| it.cancel_at_period_end(true, now));
    }
    let is_left = first_payment == FirstPayment::Left && state.has_amount_due(&id);
    if is_left {
        return rendered(state, &id);
    }
    let collected = state.collect_newest(&id);
    match collected {
        Collected::Failed(decline) if first_payment == FirstPayment::Required => {
            state.expire_incomplete(&id);
            Err(decline.map_or_else(no_method, Decline::refusal))
        }
        Collected::Failed(_) | Collected::Paid | Collected::Processing => rendered(state, &id),
    }
}

fn take_first_payment(params: &mut Params) -> Result<FirstPayment> {
    let behaviors = ["allow_incomplete", "default_incomplete", "error_if_incomplete"];
    Ok(match params.choice("payment_behavior", &behaviors)? {
        Some("default_incomplete") => FirstPayment::Left,
        Some("error_if_incomplete") => FirstPayment::Required,
        _ => FirstPayment::Tried,
    })
}

fn take_order(params: &mut Params) -> Result<Order> {
    let customer = params.required("customer")?;
    let items = take_items(params)?;
    let (trial, missing_method) = take_trial(params)?;
    params.choice("collection_method", &["charge_automatically"])?;
    params.choice(
        "proration_behavior",
        &["create_prorations", "always_invoice", "none"],
    )?;
    params.ignore(&["off_session", "billing_mode", "payment_settings", "currency"]);
    Ok(Order {
        customer,
        items,
        trial,
        missing_method,
        reduction: Reduction::take(params)?,
        method: params.text("default_payment_method")?,
        has_automatic_tax: take_automatic_tax(params)?,
        description: params.text("description")?,
        metadata: Change::take(params)?.into_new()?,
    })
}

fn check_order(state: &State, order: &Order, first_payment: FirstPayment) -> Result<()> {
    let customer = customer::living(state, &order.customer, "customer")?;
    if let Some(method) = &order.method {
        named(&state.payment_methods, method, "default_payment_method")?;
    }
    check_trial(order.trial, state.now_of(&order.customer), "trial_end")?;
    state.check_items(&order.items, "items")?;
    let is_charged = order.trial.is_none() && first_payment != FirstPayment::Left;
    if is_charged && order.method.is_none() && customer.default_payment_method.is_none() {
        return Err(no_method());
    }
    Ok(())
}

/// The refusal where there is nothing to charge.
pub(super) fn no_method() -> Refusal {
    Refusal::invalid(
        "This customer has no attached payment source or default payment method. Please consider adding a default \
         payment method.",
    )
    .code("resource_missing")
}

/// `DELETE /v1/subscriptions/{id}`
pub(super) fn cancel(state: &mut State, id: &str, mut params: Params) -> Result<Value> {
    let (comment, feedback) = take_cancellation(&mut params)?;
    params.flag("invoice_now")?;
    params.flag("prorate")?;
    params.finish()?;
    if found(&state.subscriptions, id)?.status.has_ended() {
        return Err(Refusal::missing(Subscription::WORD, id));
    }
    if let Some(subscription) = state.subscriptions.get_mut(id) {
        subscription.cancellation.comment = comment.flatten();
        subscription.cancellation.feedback = feedback;
    }
    state.end_subscription(id, "cancellation_requested");
    rendered(state, id)
}

/// `POST /v1/subscriptions/{id}/resume`
pub(super) fn resume(state: &mut State, id: &str, mut params: Params) -> Result<Value> {
    params.choice("billing_cycle_anchor", &["now", "unchanged"])?;
    params.choice(
        "proration_behavior",
        &["create_prorations", "always_invoice", "none"],
    )?;
    params.finish()?;
    let subscription = found(&state.subscriptions, id)?;
    if subscription.status != SubscriptionStatus::Paused {
        let message = "Subscription must be in `paused` status to be resumed.";
        return Err(Refusal::invalid(message));
    }
    let now = state.now_of(&subscription.customer);
    let (period, customer) = (subscription.period, subscription.customer.clone());
    if !state.has_method(id, &customer) {
        return Err(no_method());
    }
    state.change_subscription(id, |subscription| {
        subscription.anchor = now;
        subscription.set_period(now, period.boundary_after(now, now));
    });
    let lines = match state.subscriptions.get(id).cloned() {
        Some(subscription) => state.period_lines(&subscription),
        None => Vec::new(),
    };
    let reason = BillingReason::Change;
    if let Some(invoice) = state.draft_invoice(id, reason, lines) {
        state.finalize_and_collect(&invoice);
    }
    if found(&state.subscriptions, id)?.status == SubscriptionStatus::Active {
        state.emit_subscription("customer.subscription.resumed", id);
    }
    rendered(state, id)
}

/// `GET /v1/subscription_items`
pub(super) fn list_items(state: &State, mut params: Params) -> Result<Value> {
    let id = params.required("subscription")?;
    params.ignore(&["limit"]);
    params.finish()?;
    let subscription = named(&state.subscriptions, &id, "subscription")?;
    let items = subscription.items.iter().map(|item| item.render(&id, state));
    let url = format!("/v1/subscription_items?subscription={id}");
    Ok(list::whole(&url, items))
}
