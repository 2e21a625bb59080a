//! The calls under `/v1/checkout/sessions`.

use serde_json::Value;

use super::checkout::{PaymentState, Session, SessionStatus};
use super::customer;
use super::discount::Reduction;
use super::ids;
use super::list::Page;
use super::metadata::Change;
use super::object::{Object as _, found};
use super::order::{Order, Ordered, Trial, check_trial, take_automatic_tax, take_ordered, take_trial};
use super::params::Params;
use super::refusal::{Refusal, Result};
use super::state::State;
use super::time::{DAY, HOUR};

/// The shortest time for which a session is open.
const SHORTEST: i64 = HOUR / 2;

/// The most prices of one session.
const MOST_ITEMS: usize = 20;

/// Parameters of the page's look and of what else it might collect.
const WITHOUT_EFFECT: [&str; 8] = [
    "adaptive_pricing",
    "billing_address_collection",
    "branding_settings",
    "consent_collection",
    "custom_text",
    "integration_identifier",
    "payment_method_types",
    "saved_payment_method_options",
];

/// `POST /v1/checkout/sessions`
pub(super) fn create(state: &mut State, mut params: Params) -> Result<Value> {
    let mut session = take(state, &mut params)?;
    params.finish()?;
    session.currency = check(state, &session)?;
    session.id = format!("{}{}", state.id("cs_test"), ids::token());
    let rendered = session.render(state);
    state.sessions.insert(session.id.clone(), session);
    Ok(rendered)
}

fn take(state: &State, params: &mut Params) -> Result<Session> {
    check_mode(params)?;
    let success_url = params.url("success_url")?;
    let success_url = success_url.ok_or_else(|| params.absent("success_url"))?;
    let cancel_url = params.url("cancel_url")?;
    let (customer, email_given) = take_buyer(params)?;
    let items = take_lines(params)?;
    let (reduction, takes_codes) = take_reduction(params)?;
    let now = state.now_of(&customer);
    let order = Order {
        customer,
        items,
        reduction,
        has_automatic_tax: take_automatic_tax(params)?,
        ..Order::default()
    };
    let order = take_order(params, order, now)?;
    let expires_at = take_end(params, now)?;
    let collects_tax_ids = take_consents(state, params, &order)?;
    let collection = params.choice("payment_method_collection", &["always", "if_required"])?;
    params.ignore(&WITHOUT_EFFECT);
    Ok(Session {
        id: String::new(),
        created: now,
        expires_at,
        status: SessionStatus::Open,
        payment: PaymentState::Unpaid,
        currency: String::new(),
        email: email_given.clone().or_else(|| email_of(state, &order.customer)),
        email_given,
        client_reference: params.text("client_reference_id")?,
        success_url,
        cancel_url,
        locale: params.text("locale")?,
        takes_codes,
        needs_method: collection != Some("if_required"),
        collects_tax_ids,
        metadata: Change::take(params)?.into_new()?,
        subscription: None,
        invoice: None,
        order,
    })
}

fn check_mode(params: &mut Params) -> Result<()> {
    params.choice("ui_mode", &["hosted_page"])?;
    match params.choice("mode", &["payment", "setup", "subscription"])? {
        None => Err(params.absent("mode")),
        Some("subscription") => Ok(()),
        Some(_) => {
            let message = "The simulator has checkout sessions with `mode=subscription` alone.";
            Err(params.wrong("mode", message))
        }
    }
}

/// Takes the customer, empty where one is made at the end, and the address for a new one.
fn take_buyer(params: &mut Params) -> Result<(String, Option<String>)> {
    let customer = params.text("customer")?;
    let email = params.text("customer_email")?;
    if customer.is_some() && email.is_some() {
        let message = "You may only specify one of these parameters: customer, customer_email.";
        return Err(params.wrong("customer", message));
    }
    Ok((customer.unwrap_or_default(), email))
}

/// Takes the reduction, and whether the page takes promotion codes instead.
fn take_reduction(params: &mut Params) -> Result<(Option<Reduction>, bool)> {
    let reduction = Reduction::take(params)?;
    let takes_codes = params.flag("allow_promotion_codes")?.unwrap_or(false);
    if takes_codes && reduction.is_some() {
        let message = "You may only specify one of these parameters: allow_promotion_codes, discounts.";
        return Err(params.wrong("allow_promotion_codes", message));
    }
    Ok((reduction, takes_codes))
}

/// Takes the moment at which the session expires.
fn take_end(params: &mut Params, now: i64) -> Result<i64> {
    let end = params.integer("expires_at")?.unwrap_or(now + DAY);
    if (now + SHORTEST..=now + DAY).contains(&end) {
        return Ok(end);
    }
    let message = "The `expires_at` timestamp must be between 30 minutes and 24 hours from now.";
    Err(params.wrong("expires_at", message))
}

fn email_of(state: &State, customer: &str) -> Option<String> {
    state.customers.get(customer)?.email.clone()
}

fn take_lines(params: &mut Params) -> Result<Vec<Ordered>> {
    let lines = params.list("line_items")?;
    if lines.is_empty() {
        return Err(params.absent("line_items"));
    }
    if lines.len() > MOST_ITEMS {
        return Err(params.wrong("line_items", "A subscription can have up to 20 prices."));
    }
    lines
        .into_iter()
        .map(|line| {
            if line.has("quantity") {
                return take_ordered(line);
            }
            Err(line.absent("quantity"))
        })
        .collect()
}

/// Takes `subscription_data`.
fn take_order(params: &mut Params, mut order: Order, now: i64) -> Result<Order> {
    let Some(mut data) = params.object("subscription_data")? else {
        return Ok(order);
    };
    let (trial, missing_method) = take_trial(&mut data)?;
    check_trial(trial, now, "subscription_data[trial_end]")?;
    if let Some(Trial::Until(end)) = trial
        && end < now + 2 * DAY
    {
        let message = "The `trial_end` date has to be at least 2 days in the future.";
        return Err(data.wrong("trial_end", message));
    }
    order.trial = trial;
    order.missing_method = missing_method;
    order.description = data.text("description")?;
    order.metadata = Change::take(&mut data)?.into_new()?;
    data.ignore(&[
        "billing_mode",
        "default_tax_rates",
        "invoice_settings",
        "proration_behavior",
    ]);
    data.finish()?;
    Ok(order)
}

/// Takes what the page may change of the customer, and what it needs of that.
fn take_consents(state: &State, params: &mut Params, order: &Order) -> Result<bool> {
    let mut updates_address = false;
    let mut updates_name = false;
    let has_customer = !order.customer.is_empty();
    if let Some(mut update) = params.object("customer_update")? {
        if !has_customer {
            let message = "`customer_update` can only be used with `customer`.";
            return Err(Refusal::invalid(message).param("customer_update"));
        }
        updates_address = update.choice("address", &["auto", "never"])? == Some("auto");
        updates_name = update.choice("name", &["auto", "never"])? == Some("auto");
        update.choice("shipping", &["auto", "never"])?;
        update.finish()?;
    }
    let mut collects_tax_ids = false;
    if let Some(mut collection) = params.object("tax_id_collection")? {
        collects_tax_ids = collection
            .flag("enabled")?
            .ok_or_else(|| collection.absent("enabled"))?;
        collection.choice("required", &["if_supported", "never"])?;
        collection.finish()?;
    }
    let customer = state.customers.get(&order.customer);
    let has_address = customer.is_none_or(|customer| customer.address.is_some());
    if order.has_automatic_tax && has_customer && !has_address && !updates_address {
        let message = "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid \
                       address to the Customer or set either `customer_update[address]` to 'auto' or \
                       `customer_update[shipping]` to 'auto' to save the address entered in Checkout to the Customer.";
        return Err(Refusal::invalid(message)
            .code("customer_tax_location_invalid")
            .param("automatic_tax"));
    }
    if collects_tax_ids && has_customer && !updates_name {
        let message = "Tax ID collection requires updating business name on the customer. To enable tax ID collection \
                       for an existing customer, please set `customer_update[name]` to `auto`.";
        return Err(Refusal::invalid(message).param("tax_id_collection"));
    }
    Ok(collects_tax_ids)
}

/// Refuses a session of what cannot be sold, and returns its currency.
fn check(state: &State, session: &Session) -> Result<String> {
    if !session.order.customer.is_empty() {
        customer::living(state, &session.order.customer, "customer")?;
    }
    let (_, currency) = state.check_items(&session.order.items, "line_items")?;
    if let Some(reduction) = &session.order.reduction {
        state.usable_coupon(reduction, &session.order.customer)?;
    }
    Ok(currency)
}

/// `GET /v1/checkout/sessions/{id}`
pub(super) fn retrieve(state: &State, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    Ok(found(&state.sessions, id)?.render(state))
}

/// `GET /v1/checkout/sessions/{id}/line_items`
pub(super) fn line_items(state: &State, id: &str, mut params: Params) -> Result<Value> {
    params.ignore(&["limit"]);
    params.finish()?;
    Ok(found(&state.sessions, id)?.line_items(state))
}

/// `GET /v1/checkout/sessions`
pub(super) fn list(state: &State, mut params: Params) -> Result<Value> {
    let customer = params.text("customer")?;
    let subscription = params.text("subscription")?;
    let status = params.choice("status", &["complete", "expired", "open"])?;
    let page = Page::take(&mut params)?;
    params.finish()?;
    page.of(state, &state.sessions, "/v1/checkout/sessions", |session| {
        customer
            .as_ref()
            .is_none_or(|customer| session.order.customer == *customer)
            && (subscription.is_none() || session.subscription == subscription)
            && status.is_none_or(|status| serde_json::json!(session.status) == status)
    })
}

/// `POST /v1/checkout/sessions/{id}/expire`
pub(super) fn expire(state: &mut State, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    if found(&state.sessions, id)?.status != SessionStatus::Open {
        let message = "Only Checkout Sessions with a status in [\"open\"] can be expired.";
        return Err(Refusal::invalid(message));
    }
    state.expire_session(id);
    Ok(found(&state.sessions, id)?.render(state))
}
