//! The parameters that a new subscription and a checkout share.

use serde::{Deserialize, Serialize};

use super::discount::Reduction;
use super::metadata::Metadata;
use super::params::Params;
use super::refusal::{Refusal, Result};
use super::subscription::MissingMethod;
use super::time::DAY;

/// The longest trial.
const LONGEST_TRIAL_DAYS: i64 = 730;

/// A price and its quantity.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Ordered {
    pub(super) price: String,
    pub(super) quantity: i64,
}

/// A trial, by its length or its end.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) enum Trial {
    Days(i64),
    Until(i64),
}

/// A subscription that is wanted.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) customer: String,
    pub(super) items: Vec<Ordered>,
    pub(super) trial: Option<Trial>,
    pub(super) missing_method: MissingMethod,
    pub(super) reduction: Option<Reduction>,
    pub(super) method: Option<String>,
    pub(super) has_automatic_tax: bool,
    pub(super) description: Option<String>,
    pub(super) metadata: Metadata,
}

/// Takes `items` of a new subscription.
pub(super) fn take_items(params: &mut Params) -> Result<Vec<Ordered>> {
    let mut items = Vec::new();
    for item in params.list("items")? {
        items.push(take_ordered(item)?);
    }
    if items.is_empty() {
        return Err(params.absent("items"));
    }
    Ok(items)
}

/// Takes a price and its quantity.
pub(super) fn take_ordered(mut item: Params) -> Result<Ordered> {
    let price = item.required("price")?;
    let quantity = item.integer_within("quantity", 1, 999_999)?.unwrap_or(1);
    item.ignore(&["metadata", "tax_rates", "adjustable_quantity"]);
    item.finish()?;
    Ok(Ordered { price, quantity })
}

/// Takes the trial of a new subscription.
pub(super) fn take_trial(params: &mut Params) -> Result<(Option<Trial>, MissingMethod)> {
    let days = params.integer_within("trial_period_days", 1, LONGEST_TRIAL_DAYS)?;
    let until = params.integer("trial_end")?;
    let mut missing = MissingMethod::default();
    if let Some(mut settings) = params.object("trial_settings")? {
        if let Some(mut behavior) = settings.object("end_behavior")? {
            let given = behavior.choice("missing_payment_method", &["cancel", "create_invoice", "pause"])?;
            missing = match given {
                Some("cancel") => MissingMethod::Cancel,
                Some("pause") => MissingMethod::Pause,
                _ => MissingMethod::CreateInvoice,
            };
            behavior.finish()?;
        }
        settings.finish()?;
    }
    match (days, until) {
        (Some(_), Some(_)) => Err(Refusal::invalid(
            "You may only specify one of these parameters: trial_period_days, trial_end.",
        )),
        (Some(days), None) => Ok((Some(Trial::Days(days)), missing)),
        (None, Some(end)) => Ok((Some(Trial::Until(end)), missing)),
        (None, None) => Ok((None, missing)),
    }
}

/// Refuses a trial that ends in the past or too far away.
pub(super) fn check_trial(trial: Option<Trial>, now: i64, param: &str) -> Result<()> {
    let Some(Trial::Until(end)) = trial else {
        return Ok(());
    };
    if end <= now {
        let message = "Invalid timestamp: must be an integer Unix timestamp in the future.";
        return Err(Refusal::invalid(message).param(param));
    }
    if end > now + LONGEST_TRIAL_DAYS * DAY {
        let message = "Invalid timestamp: can be no more than two years in the future.";
        return Err(Refusal::invalid(message).param(param));
    }
    Ok(())
}

/// Takes `automatic_tax`.
pub(super) fn take_automatic_tax(params: &mut Params) -> Result<bool> {
    let Some(mut tax) = params.object("automatic_tax")? else {
        return Ok(false);
    };
    let enabled = tax.flag("enabled")?.ok_or_else(|| tax.absent("enabled"))?;
    tax.ignore(&["liability"]);
    tax.finish()?;
    Ok(enabled)
}
