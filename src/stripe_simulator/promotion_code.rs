//! Promotion codes: words that customers type to use coupons.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::ids;
use super::list::Page;
use super::metadata::{Change, Metadata};
use super::object::{Object, found, named};
use super::params::Params;
use super::refusal::{Refusal, Result};
use super::state::State;

/// A word that a customer types to use a coupon.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct PromotionCode {
    pub(super) id: String,
    created: i64,
    pub(super) active: bool,
    pub(super) code: String,
    pub(super) coupon: String,
    pub(super) customer: Option<String>,
    pub(super) expires_at: Option<i64>,
    pub(super) max_redemptions: Option<i64>,
    pub(super) times_redeemed: i64,
    pub(super) is_for_first_payment: bool,
    metadata: Metadata,
}

impl Object for PromotionCode {
    const WORD: &'static str = "promotion code";

    fn render(&self, state: &State) -> Value {
        json!({
            "id": self.id,
            "object": "promotion_code",
            "active": self.active && self.is_usable(state.now()),
            "code": self.code,
            "created": self.created,
            "customer": self.customer,
            "expires_at": self.expires_at,
            "livemode": false,
            "max_redemptions": self.max_redemptions,
            "metadata": self.metadata,
            "promotion": { "type": "coupon", "coupon": self.coupon },
            "restrictions": {
                "first_time_transaction": self.is_for_first_payment,
                "minimum_amount": null,
                "minimum_amount_currency": null,
            },
            "times_redeemed": self.times_redeemed,
        })
    }
}

impl PromotionCode {
    pub(super) fn is_usable(&self, now: i64) -> bool {
        self.max_redemptions.is_none_or(|most| self.times_redeemed < most)
            && self.expires_at.is_none_or(|last| now < last)
    }
}

/// `POST /v1/promotion_codes`
pub(super) fn create(state: &mut State, mut params: Params) -> Result<Value> {
    let Some(mut promotion) = params.object("promotion")? else {
        return Err(params.absent("promotion"));
    };
    promotion.choice("type", &["coupon"])?;
    let coupon = promotion.required("coupon")?;
    promotion.finish()?;
    let code = params.text("code")?;
    let active = params.flag("active")?.unwrap_or(true);
    let customer = params.text("customer")?;
    let expires_at = params.integer("expires_at")?;
    let max_redemptions = params.integer_within("max_redemptions", 1, i64::MAX)?;
    let mut is_for_first_payment = false;
    if let Some(mut restrictions) = params.object("restrictions")? {
        is_for_first_payment = restrictions.flag("first_time_transaction")?.unwrap_or(false);
        restrictions.finish()?;
    }
    let metadata = Change::take(&mut params)?.into_new()?;
    params.finish()?;
    named(&state.coupons, &coupon, "promotion[coupon]")?;
    let code = code.unwrap_or_else(|| ids::token()[..8].to_uppercase());
    if active && state.typed_code(&code).is_some() {
        let message = format!("An active promotion code with `code: {code}` already exists.");
        return Err(Refusal::invalid(message).param("code"));
    }
    let promotion_code = PromotionCode {
        id: state.id("promo"),
        created: state.now(),
        active,
        code,
        coupon,
        customer,
        expires_at,
        max_redemptions,
        times_redeemed: 0,
        is_for_first_payment,
        metadata,
    };
    let rendered = promotion_code.render(state);
    state
        .promotion_codes
        .insert(promotion_code.id.clone(), promotion_code);
    state.emit("promotion_code.created", rendered.clone());
    Ok(rendered)
}

/// `GET /v1/promotion_codes/{id}`
pub(super) fn retrieve(state: &State, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    Ok(found(&state.promotion_codes, id)?.render(state))
}

/// `GET /v1/promotion_codes`
pub(super) fn list(state: &State, mut params: Params) -> Result<Value> {
    let code = params.text("code")?;
    let active = params.flag("active")?;
    let page = Page::take(&mut params)?;
    params.finish()?;
    page.of(state, &state.promotion_codes, "/v1/promotion_codes", |it| {
        code.as_ref()
            .is_none_or(|code| it.code.eq_ignore_ascii_case(code))
            && active.is_none_or(|active| it.active == active)
    })
}
