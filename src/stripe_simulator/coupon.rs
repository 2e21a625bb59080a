//! Coupons: reductions of prices.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::ids;
use super::metadata::{Change, Metadata};
use super::object::{Object, found};
use super::params::Params;
use super::refusal::{Refusal, Result};
use super::state::State;

/// The time for which a coupon reduces invoices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Duration {
    Once,
    Repeating,
    Forever,
}

/// A reduction.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Coupon {
    pub(super) id: String,
    created: i64,
    name: Option<String>,
    percent_off: Option<f64>,
    amount_off: Option<i64>,
    currency: Option<String>,
    pub(super) duration: Duration,
    pub(super) duration_in_months: Option<i64>,
    max_redemptions: Option<i64>,
    redeem_by: Option<i64>,
    pub(super) times_redeemed: i64,
    metadata: Metadata,
}

impl Object for Coupon {
    const WORD: &'static str = "coupon";

    fn render(&self, state: &State) -> Value {
        json!({
            "id": self.id,
            "object": "coupon",
            "amount_off": self.amount_off,
            "created": self.created,
            "currency": self.currency,
            "duration": self.duration,
            "duration_in_months": self.duration_in_months,
            "livemode": false,
            "max_redemptions": self.max_redemptions,
            "metadata": self.metadata,
            "name": self.name,
            "percent_off": self.percent_off,
            "redeem_by": self.redeem_by,
            "times_redeemed": self.times_redeemed,
            "valid": self.is_valid(state.now()),
        })
    }
}

impl Coupon {
    pub(super) fn is_valid(&self, now: i64) -> bool {
        self.max_redemptions.is_none_or(|most| self.times_redeemed < most)
            && self.redeem_by.is_none_or(|last| now <= last)
    }

    /// The reduction of each amount, in their order.
    pub(super) fn reductions(&self, amounts: &[i64]) -> Vec<i64> {
        let mut left = self.amount_off.unwrap_or_default();
        let reduce = |amount: &i64| match self.percent_off {
            Some(percent) => percent_of(*amount, percent),
            None => {
                let off = left.min((*amount).max(0));
                left -= off;
                off
            }
        };
        amounts.iter().map(reduce).collect()
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "amounts are far below the integers that a float holds exactly"
)]
fn percent_of(amount: i64, percent: f64) -> i64 {
    (amount as f64 * percent / 100.0).round() as i64
}

/// `POST /v1/coupons`
pub(super) fn create(state: &mut State, mut params: Params) -> Result<Value> {
    let id = params.text("id")?;
    let name = params.text("name")?;
    let percent_off = params.text("percent_off")?;
    let amount_off = params.integer_within("amount_off", 1, 99_999_999)?;
    let currency = params.text("currency")?;
    let duration = params.choice("duration", &["once", "repeating", "forever"])?;
    let duration_in_months = params.integer_within("duration_in_months", 1, 240)?;
    let max_redemptions = params.integer_within("max_redemptions", 1, i64::MAX)?;
    let redeem_by = params.integer("redeem_by")?;
    let metadata = Change::take(&mut params)?.into_new()?;
    params.finish()?;
    let percent_off = percent_off.map(|percent| take_percent(&percent)).transpose()?;
    if percent_off.is_some() == amount_off.is_some() {
        let message = "Must provide exactly one of percent_off or amount_off.";
        return Err(Refusal::invalid(message).code("parameter_missing"));
    }
    if amount_off.is_some() && currency.is_none() {
        return Err(Refusal::invalid("Must provide currency when using amount_off.").param("currency"));
    }
    let duration = match duration.unwrap_or("once") {
        "repeating" => Duration::Repeating,
        "forever" => Duration::Forever,
        _ => Duration::Once,
    };
    if (duration == Duration::Repeating) != duration_in_months.is_some() {
        let message = "duration_in_months is required when duration is repeating, and invalid otherwise.";
        return Err(Refusal::invalid(message).param("duration_in_months"));
    }
    let id = id.unwrap_or_else(|| ids::token()[..8].to_uppercase());
    if state.coupons.contains_key(&id) {
        return Err(Refusal::invalid(format!("Coupon already exists: {id}"))
            .code("resource_already_exists")
            .param("id"));
    }
    let coupon = Coupon {
        id,
        created: state.now(),
        name,
        percent_off,
        amount_off,
        currency,
        duration,
        duration_in_months,
        max_redemptions,
        redeem_by,
        times_redeemed: 0,
        metadata,
    };
    let rendered = coupon.render(state);
    state.coupons.insert(coupon.id.clone(), coupon);
    state.emit("coupon.created", rendered.clone());
    Ok(rendered)
}

fn take_percent(text: &str) -> Result<f64> {
    let percent = text.parse::<f64>().ok();
    let percent = percent.filter(|percent| *percent > 0.0 && *percent <= 100.0);
    percent.ok_or_else(|| {
        Refusal::invalid("Invalid percent_off: must be greater than 0 and at most 100.").param("percent_off")
    })
}

/// `GET /v1/coupons/{id}`
pub(super) fn retrieve(state: &State, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    Ok(found(&state.coupons, id)?.render(state))
}

#[cfg(test)]
mod tests {
    use super::super::form;
    use super::*;

    fn params(encoded: &str) -> Params {
        Params::new(form::parse(encoded.as_bytes()).unwrap())
    }

    fn coupon(encoded: &str) -> Coupon {
        let mut state = State::at(0);
        create(&mut state, params(encoded)).unwrap();
        state.coupons.into_values().next().unwrap()
    }

    #[test]
    fn a_percentage_reduces_each_amount_and_a_sum_is_used_up() {
        assert_eq!(coupon("percent_off=25").reductions(&[1000, 500]), [250, 125]);
        assert_eq!(
            coupon("amount_off=1200&currency=eur").reductions(&[1000, 500]),
            [1000, 200]
        );
    }

    #[test]
    fn a_coupon_has_either_a_percentage_or_a_sum() {
        let mut state = State::at(0);

        assert!(create(&mut state, params("duration=once")).is_err());
        assert!(create(&mut state, params("percent_off=10&amount_off=5&currency=eur")).is_err());
        assert!(create(&mut state, params("percent_off=101")).is_err());
        assert!(create(&mut state, params("percent_off=10&duration=repeating")).is_err());
    }
}
