//! Checkout sessions as they are stored and shown.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::list;
use super::metadata::Metadata;
use super::object::Object;
use super::order::Order;
use super::state::State;
use super::template;

/// The state of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SessionStatus {
    Open,
    Complete,
    Expired,
}

/// The state of a session's payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum PaymentState {
    Unpaid,
    Paid,
    NoPaymentRequired,
}

/// A purchase that somebody is sent to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Session {
    pub(super) id: String,
    pub(super) created: i64,
    pub(super) expires_at: i64,
    pub(super) status: SessionStatus,
    pub(super) payment: PaymentState,
    /// The subscription that it becomes; its customer is empty until one is made.
    pub(super) order: Order,
    pub(super) currency: String,
    pub(super) email: Option<String>,
    pub(super) email_given: Option<String>,
    pub(super) client_reference: Option<String>,
    pub(super) success_url: String,
    pub(super) cancel_url: Option<String>,
    pub(super) locale: Option<String>,
    pub(super) takes_codes: bool,
    pub(super) needs_method: bool,
    pub(super) collects_tax_ids: bool,
    pub(super) metadata: Metadata,
    pub(super) subscription: Option<String>,
    pub(super) invoice: Option<String>,
}

impl Object for Session {
    const WORD: &'static str = "checkout.session";

    fn render(&self, state: &State) -> Value {
        let is_open = self.status == SessionStatus::Open;
        let subtotal = self.subtotal(state);
        let off = self.off(state);
        let customer = Some(&self.order.customer).filter(|customer| !customer.is_empty());
        let discounts = self.order.reduction.as_ref().map(|reduction| {
            let (coupon, code) = state.named_by(reduction);
            json!([{ "coupon": if code.is_some() { None } else { coupon }, "promotion_code": code }])
        });
        let tax = if self.order.has_automatic_tax {
            json!({ "enabled": true, "liability": { "type": "self" }, "provider": "stripe", "status": if is_open { "requires_location_inputs" } else { "complete" } })
        } else {
            json!({ "enabled": false, "liability": null, "provider": null, "status": null })
        };
        let varying = json!({
            "id": self.id,
            "allow_promotion_codes": self.takes_codes.then_some(true),
            "amount_subtotal": subtotal,
            "amount_total": subtotal - off,
            "automatic_tax": tax,
            "cancel_url": self.cancel_url,
            "client_reference_id": self.client_reference,
            "created": self.created,
            "currency": self.currency,
            "customer": customer,
            "customer_details": self.email.as_ref().map(|email| json!({
                "address": null, "business_name": null, "email": email, "individual_name": null, "name": null,
                "phone": null, "tax_exempt": "none", "tax_ids": [],
            })),
            "customer_email": self.email_given,
            "discounts": discounts.unwrap_or_else(|| json!([])),
            "expires_at": self.expires_at,
            "invoice": self.invoice,
            "locale": self.locale,
            "metadata": self.metadata,
            "payment_method_collection": if self.needs_method { "always" } else { "if_required" },
            "payment_status": self.payment,
            "status": self.status,
            "subscription": self.subscription,
            "success_url": self.success_url,
            "tax_id_collection": { "enabled": self.collects_tax_ids, "required": "never" },
            "total_details": { "amount_discount": off, "amount_shipping": 0, "amount_tax": 0 },
            "url": is_open.then(|| self.page(state)),
        });
        template::filled(template::SESSION, varying)
    }
}

impl Session {
    /// The address of its page.
    pub(super) fn page(&self, state: &State) -> String {
        format!("{}/c/pay/{}", state.base_url, self.id)
    }

    /// The address that the browser goes to at the end.
    pub(super) fn success_page(&self) -> String {
        self.success_url.replace("{CHECKOUT_SESSION_ID}", &self.id)
    }

    /// True when nothing is paid now, because there is a trial.
    pub(super) const fn is_trial(&self) -> bool {
        self.order.trial.is_some()
    }

    fn amounts(&self, state: &State) -> Vec<i64> {
        let amounts = self.order.items.iter().map(|item| {
            let price = state.prices.get(&item.price).filter(|_| !self.is_trial());
            price.map_or(0, |price| price.unit_amount * item.quantity)
        });
        amounts.collect()
    }

    /// The sum before reductions.
    pub(super) fn subtotal(&self, state: &State) -> i64 {
        self.amounts(state).iter().sum()
    }

    /// The reductions.
    pub(super) fn off(&self, state: &State) -> i64 {
        self.reductions(state).iter().sum()
    }

    fn reductions(&self, state: &State) -> Vec<i64> {
        let amounts = self.amounts(state);
        let reduction = self.order.reduction.as_ref();
        let coupon = reduction.and_then(|it| state.named_by(it).0);
        let coupon = coupon.and_then(|coupon| state.coupons.get(coupon));
        coupon.map_or_else(|| vec![0; amounts.len()], |coupon| coupon.reductions(&amounts))
    }

    /// Its lines, as they are shown when they are asked for.
    pub(super) fn line_items(&self, state: &State) -> Value {
        let amounts = self.amounts(state).into_iter().zip(self.reductions(state));
        let lines = self.order.items.iter().zip(amounts).enumerate();
        let lines = lines.map(|(at, (item, (amount, reduction)))| {
            let price = state.prices.get(&item.price);
            json!({
                "id": format!("li_{}{at}", self.id),
                "object": "item",
                "amount_discount": reduction,
                "amount_subtotal": amount,
                "amount_tax": 0,
                "amount_total": amount - reduction,
                "currency": self.currency,
                "description": state.product_name(&item.price),
                "metadata": {},
                "price": price.map(|price| price.render(state)),
                "quantity": item.quantity,
            })
        });
        list::whole(&format!("/v1/checkout/sessions/{}/line_items", self.id), lines)
    }
}
