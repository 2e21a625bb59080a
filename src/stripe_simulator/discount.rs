//! Discounts: coupons that subscriptions use.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::coupon::Coupon;
use super::object::named;
use super::params::Params;
use super::period::{Interval, Period};
use super::promotion_code::PromotionCode;
use super::refusal::{Refusal, Result};
use super::state::State;

/// A coupon that a subscription uses.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Discount {
    pub(super) id: String,
    pub(super) coupon: String,
    promotion_code: Option<String>,
    start: i64,
    pub(super) end: Option<i64>,
}

impl Discount {
    fn render(&self, subscription: &str, customer: &str) -> Value {
        json!({
            "id": self.id,
            "object": "discount",
            "checkout_session": null,
            "customer": customer,
            "end": self.end,
            "invoice": null,
            "invoice_item": null,
            "promotion_code": self.promotion_code,
            "source": { "type": "coupon", "coupon": self.coupon },
            "start": self.start,
            "subscription": subscription,
            "subscription_item": null,
        })
    }
}

/// A coupon, or a promotion code for one, that a request names.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Reduction {
    Coupon(String),
    Code(String),
}

impl Reduction {
    /// Takes `discounts` of a request.
    pub(super) fn take(params: &mut Params) -> Result<Option<Self>> {
        let name = params.name("discounts");
        let mut given = params.list("discounts")?;
        if given.len() > 1 {
            return Err(Refusal::invalid("You can only apply one discount here.").param(name));
        }
        let Some(mut discount) = given.pop() else {
            return Ok(None);
        };
        let coupon = discount.text("coupon")?;
        let code = discount.text("promotion_code")?;
        let absent = discount.absent("coupon");
        discount.finish()?;
        match (coupon, code) {
            (Some(coupon), None) => Ok(Some(Self::Coupon(coupon))),
            (None, Some(code)) => Ok(Some(Self::Code(code))),
            (None, None) => Err(absent),
            (Some(_), Some(_)) => Err(Refusal::invalid(
                "You may only specify one of these parameters: coupon, promotion_code.",
            )
            .param(name)),
        }
    }
}

impl State {
    /// The discount with this id, wherever it is used.
    pub(super) fn discount(&self, id: &str) -> Option<Value> {
        self.subscriptions.values().find_map(|subscription| {
            let discount = subscription
                .discount
                .as_ref()
                .filter(|discount| discount.id == id);
            discount.map(|discount| discount.render(&subscription.id, &subscription.customer))
        })
    }

    /// The promotion code that a customer typed.
    pub(super) fn typed_code(&self, code: &str) -> Option<&PromotionCode> {
        let mut codes = self.promotion_codes.values();
        codes.find(|it| it.active && it.code.eq_ignore_ascii_case(code))
    }

    /// The coupon of a reduction, and its promotion code where it has one.
    pub(super) fn named_by<'a>(&'a self, reduction: &'a Reduction) -> (Option<&'a str>, Option<&'a str>) {
        match reduction {
            Reduction::Coupon(coupon) => (Some(coupon), None),
            Reduction::Code(code) => {
                let coupon = self.promotion_codes.get(code).map(|code| code.coupon.as_str());
                (coupon, Some(code))
            }
        }
    }

    /// The coupon of a reduction that this customer may use now.
    pub(super) fn usable_coupon(&self, reduction: &Reduction, customer: &str) -> Result<&Coupon> {
        let now = self.now_of(customer);
        let coupon = match reduction {
            Reduction::Coupon(coupon) => coupon,
            Reduction::Code(code) => {
                let code = named(&self.promotion_codes, code, "discounts[0][promotion_code]")?;
                let is_theirs = code.customer.as_deref().is_none_or(|only| only == customer);
                let is_first = !code.is_for_first_payment || !self.has_paid(customer);
                if !code.active || !code.is_usable(now) || !is_theirs || !is_first {
                    let message = "This promotion code cannot be redeemed.";
                    return Err(Refusal::invalid(message).param("discounts[0][promotion_code]"));
                }
                &code.coupon
            }
        };
        let coupon = named(&self.coupons, coupon, "discounts[0][coupon]")?;
        if !coupon.is_valid(now) {
            let message = format!("Coupon {} is used up and cannot be applied.", coupon.id);
            return Err(Refusal::invalid(message)
                .code("coupon_expired")
                .param("discounts[0][coupon]"));
        }
        Ok(coupon)
    }

    /// Uses a reduction.
    pub(super) fn redeem(&mut self, reduction: &Reduction, customer: &str) -> Result<Discount> {
        let coupon = self.usable_coupon(reduction, customer)?;
        let (coupon, months) = (coupon.id.clone(), coupon.duration_in_months);
        let start = self.now_of(customer);
        let months = months.and_then(|months| u32::try_from(months).ok());
        let end = months.map(|count| {
            let interval = Interval::Month;
            Period { interval, count }.boundary_after(start, start)
        });
        if let Some(coupon) = self.coupons.get_mut(&coupon) {
            coupon.times_redeemed += 1;
        }
        let promotion_code = match reduction {
            Reduction::Coupon(_) => None,
            Reduction::Code(code) => Some(code.clone()),
        };
        let used = promotion_code.as_ref();
        if let Some(code) = used.and_then(|code| self.promotion_codes.get_mut(code)) {
            code.times_redeemed += 1;
        }
        Ok(Discount {
            id: self.id("di"),
            coupon,
            promotion_code,
            start,
            end,
        })
    }

    fn has_paid(&self, customer: &str) -> bool {
        let mut invoices = self.invoices.values();
        invoices.any(|invoice| invoice.customer == customer && invoice.amount_paid > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{coupon, form, promotion_code};
    use super::*;

    fn params(encoded: &str) -> Params {
        Params::new(form::parse(encoded.as_bytes()).unwrap())
    }

    #[test]
    fn a_code_that_was_used_up_cannot_be_redeemed() {
        let mut state = State::at(0);
        coupon::create(&mut state, params("id=half&percent_off=50")).unwrap();
        let code = "promotion[type]=coupon&promotion[coupon]=half&code=HALF&max_redemptions=1";
        promotion_code::create(&mut state, params(code)).unwrap();
        let reduction = Reduction::Code(state.typed_code("half").unwrap().id.clone());

        assert!(state.redeem(&reduction, "cus_1").is_ok());
        assert!(state.redeem(&reduction, "cus_1").is_err());
    }
}
