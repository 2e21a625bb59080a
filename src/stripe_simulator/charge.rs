//! Charges: each attempt to take an amount from an instrument.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::instrument::{Decline, Instrument};
use super::list::Page;
use super::object::{Object, found};
use super::params::Params;
use super::payment_method::billing_details;
use super::refusal::Result;
use super::state::State;
use super::template;

/// The result of a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ChargeStatus {
    Pending,
    Succeeded,
    Failed,
}

/// An attempt to take an amount.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Charge {
    pub(super) id: String,
    pub(super) payment: String,
    pub(super) customer: String,
    pub(super) created: i64,
    pub(super) amount: i64,
    pub(super) amount_refunded: i64,
    pub(super) currency: String,
    pub(super) status: ChargeStatus,
    pub(super) failure: Option<Decline>,
    pub(super) is_disputed: bool,
    pub(super) method: String,
    pub(super) instrument: Instrument,
}

impl Object for Charge {
    const WORD: &'static str = "charge";

    fn render(&self, state: &State) -> Value {
        let is_paid = self.status != ChargeStatus::Failed;
        let is_captured = self.status == ChargeStatus::Succeeded;
        let email = state
            .customers
            .get(&self.customer)
            .and_then(|it| it.email.as_deref());
        let varying = json!({
            "id": self.id,
            "amount": self.amount,
            "amount_captured": if is_captured { self.amount } else { 0 },
            "amount_refunded": self.amount_refunded,
            "billing_details": billing_details(email),
            "captured": is_captured,
            "created": self.created,
            "currency": self.currency,
            "customer": self.customer,
            "disputed": self.is_disputed,
            "failure_code": self.failure.map(Decline::code),
            "failure_message": self.failure.map(Decline::message),
            "outcome": self.outcome(),
            "paid": is_paid,
            "payment_intent": self.payment,
            "payment_method": self.method,
            "payment_method_details": self.instrument.charge_details(),
            "refunded": self.amount_refunded == self.amount && self.amount > 0,
            "status": self.status,
        });
        template::filled(template::CHARGE, varying)
    }
}

impl Charge {
    fn outcome(&self) -> Value {
        let (network_status, kind) = match self.failure {
            None => ("approved_by_network", "authorized"),
            Some(_) => ("declined_by_network", "issuer_declined"),
        };
        json!({
            "advice_code": null,
            "network_advice_code": null,
            "network_decline_code": null,
            "network_status": network_status,
            "reason": self.failure.and_then(Decline::decline_code),
            "risk_level": "normal",
            "risk_score": 12,
            "seller_message": if self.failure.is_some() { "The bank declined the payment." } else { "Payment complete." },
            "type": kind,
        })
    }
}

/// `GET /v1/charges/{id}`
pub(super) fn retrieve(state: &State, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    Ok(found(&state.charges, id)?.render(state))
}

/// `GET /v1/charges`
pub(super) fn list(state: &State, mut params: Params) -> Result<Value> {
    let customer = params.text("customer")?;
    let payment = params.text("payment_intent")?;
    let page = Page::take(&mut params)?;
    params.finish()?;
    page.of(state, &state.charges, "/v1/charges", |charge| {
        customer
            .as_ref()
            .is_none_or(|customer| charge.customer == *customer)
            && payment.as_ref().is_none_or(|payment| charge.payment == *payment)
    })
}
