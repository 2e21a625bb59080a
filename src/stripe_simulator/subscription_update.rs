//! Changes of subscriptions by the API.

use serde_json::Value;

use super::change::{ItemChange, Proration};
use super::metadata::Change;
use super::object::{found, named};
use super::order::{Trial, check_trial};
use super::params::Params;
use super::refusal::{Refusal, Result};
use super::state::State;
use super::subscription::{Subscription, SubscriptionStatus};
use super::subscription_calls::rendered;

/// The answers of a customer who is asked why they leave.
const FEEDBACK: [&str; 8] = [
    "customer_service",
    "low_quality",
    "missing_features",
    "other",
    "switched_service",
    "too_complex",
    "too_expensive",
    "unused",
];

/// Changes of a subscription that a request asks for.
struct Update {
    cancels: Option<bool>,
    cancel_at: Option<Option<i64>>,
    items: Vec<ItemChange>,
    proration: Proration,
    method: Option<Option<String>>,
    trial_end: Option<i64>,
    metadata: Change,
    description: Option<Option<String>>,
    comment: Option<Option<String>>,
    feedback: Option<String>,
}

impl Update {
    fn take(params: &mut Params, now: i64) -> Result<Self> {
        let mut items = Vec::new();
        for mut item in params.list("items")? {
            items.push(ItemChange {
                item: item.required("id")?,
                price: item.text("price")?,
                quantity: item.integer_within("quantity", 1, 999_999)?,
            });
            item.finish()?;
        }
        let proration = params.choice(
            "proration_behavior",
            &["create_prorations", "always_invoice", "none"],
        )?;
        let cancel_at = params.patch("cancel_at")?;
        let not_a_time = || Refusal::invalid("Invalid timestamp").param("cancel_at");
        let cancel_at = match cancel_at {
            None => None,
            Some(None) => Some(None),
            Some(Some(text)) => Some(Some(text.parse().map_err(|_| not_a_time())?)),
        };
        let trial_end = match params.text("trial_end")?.as_deref() {
            None => None,
            Some("now") => Some(now),
            Some(text) => Some(
                text.parse()
                    .map_err(|_| Refusal::invalid("Invalid timestamp").param("trial_end"))?,
            ),
        };
        let (comment, feedback) = take_cancellation(params)?;
        params.ignore(&["payment_behavior", "off_session", "proration_date"]);
        Ok(Self {
            cancels: params.flag("cancel_at_period_end")?,
            cancel_at,
            items,
            proration: match proration {
                Some("always_invoice") => Proration::InvoiceNow,
                Some("none") => Proration::Leave,
                _ => Proration::Create,
            },
            method: params.patch("default_payment_method")?,
            trial_end,
            metadata: Change::take(params)?,
            description: params.patch("description")?,
            comment,
            feedback,
        })
    }

    /// True when it asks for more than an ended subscription allows.
    fn is_for_living(&self) -> bool {
        self.cancels.is_some()
            || self.cancel_at.is_some()
            || !self.items.is_empty()
            || self.method.is_some()
            || self.trial_end.is_some()
            || self.description.is_some()
    }
}

/// Takes the words of a customer who leaves.
pub(super) fn take_cancellation(params: &mut Params) -> Result<(Option<Option<String>>, Option<String>)> {
    let Some(mut details) = params.object("cancellation_details")? else {
        return Ok((None, None));
    };
    let comment = details.patch("comment")?;
    let feedback = details.choice("feedback", &FEEDBACK)?.map(str::to_owned);
    details.finish()?;
    Ok((comment, feedback))
}

/// `POST /v1/subscriptions/{id}`
pub(super) fn update(state: &mut State, id: &str, mut params: Params) -> Result<Value> {
    let subscription = found(&state.subscriptions, id)?;
    let now = state.now_of(&subscription.customer);
    let has_ended = subscription.status.has_ended();
    let former = subscription.metadata.clone();
    let is_trialing = subscription.status == SubscriptionStatus::Trialing;
    let update = Update::take(&mut params, now)?;
    let metadata = update.metadata.merge(&former)?;
    params.finish()?;
    if has_ended && update.is_for_living() {
        return Err(Refusal::invalid(
            "A canceled subscription can only update its cancellation_details and metadata.",
        ));
    }
    if update.cancels == Some(true) && update.cancel_at.is_some_and(|moment| moment.is_some()) {
        let message = "You may only specify one of these parameters: cancel_at, cancel_at_period_end.";
        return Err(Refusal::invalid(message));
    }
    if let Some(Some(method)) = &update.method {
        named(&state.payment_methods, method, "default_payment_method")?;
    }
    let trial_end = update.trial_end.filter(|end| *end != now);
    check_trial(trial_end.map(Trial::Until), now, "trial_end")?;
    state.change_items(id, &update.items, update.proration)?;
    let ends_trial = is_trialing && update.trial_end == Some(now);
    state.change_subscription(id, |subscription| {
        subscription.metadata = metadata;
        apply(subscription, update, now);
    });
    if ends_trial {
        state.end_period(id);
        let newest = state
            .subscriptions
            .get(id)
            .and_then(|it| it.latest_invoice.clone());
        if let Some(newest) = newest {
            state.finalize_and_collect(&newest);
        }
    }
    rendered(state, id)
}

fn apply(subscription: &mut Subscription, update: Update, now: i64) {
    if let Some(cancels) = update.cancels {
        subscription.cancel_at_period_end(cancels, now);
    }
    if let Some(moment) = update.cancel_at {
        subscription.cancel_at_period_end = false;
        subscription.cancel_at = moment;
        subscription.canceled_at = moment.map(|_| now);
    }
    if let Some(method) = update.method {
        subscription.default_payment_method = method;
    }
    if let Some(end) = update.trial_end {
        if end > now {
            subscription.status = SubscriptionStatus::Trialing;
            subscription.trial_start = subscription.trial_start.or(Some(now));
            subscription.has_told_trial_end = false;
            subscription.anchor = end;
            let start = subscription.period_start();
            subscription.set_period(start, end);
        }
        subscription.trial_end = Some(end);
    }
    if let Some(description) = update.description {
        subscription.description = description;
    }
    if let Some(comment) = update.comment {
        subscription.cancellation.comment = comment;
    }
    if update.feedback.is_some() {
        subscription.cancellation.feedback = update.feedback;
    }
}
