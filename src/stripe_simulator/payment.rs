//! Payment intents: each collects the amount of one invoice.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::instrument::Decline;
use super::list::{self, Page};
use super::object::{Object, found};
use super::params::Params;
use super::refusal::{Refusal, Result};
use super::state::State;
use super::template;

/// The progress of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum PaymentStatus {
    RequiresPaymentMethod,
    Processing,
    Succeeded,
    Canceled,
}

/// The collection of an amount.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Payment {
    pub(super) id: String,
    /// The id by which the invoice lists it.
    pub(super) entry: String,
    pub(super) invoice: String,
    pub(super) customer: String,
    pub(super) created: i64,
    pub(super) amount: i64,
    pub(super) currency: String,
    pub(super) status: PaymentStatus,
    pub(super) method: Option<String>,
    pub(super) latest_charge: Option<String>,
    pub(super) last_error: Option<Decline>,
    pub(super) paid_at: Option<i64>,
}

impl Object for Payment {
    const WORD: &'static str = "payment_intent";

    fn render(&self, state: &State) -> Value {
        let is_paid = self.status == PaymentStatus::Succeeded;
        let method = self.method.as_ref().and_then(|id| state.payment_methods.get(id));
        let is_processing = self.status == PaymentStatus::Processing;
        let varying = json!({
            "id": self.id,
            "amount": self.amount,
            "amount_received": if is_paid { self.amount } else { 0 },
            "client_secret": format!("{}_secret_simulated", self.id),
            "created": self.created,
            "currency": self.currency,
            "customer": self.customer,
            "last_payment_error": self.last_error.map(|decline| last_error(decline, self)),
            "latest_charge": self.latest_charge,
            "payment_method": if self.last_error.is_some() { None } else { self.method.as_ref() },
            "processing": if is_processing { method.map(|it| json!({ "type": it.instrument.kind() })) } else { None },
            "status": self.status,
        });
        template::filled(template::PAYMENT, varying)
    }
}

fn last_error(decline: Decline, payment: &Payment) -> Value {
    json!({
        "type": "card_error",
        "code": decline.code(),
        "decline_code": decline.decline_code(),
        "message": decline.message(),
        "charge": payment.latest_charge,
    })
}

impl Payment {
    /// The payment as its invoice lists it.
    pub(super) fn of_invoice(&self) -> Value {
        let (status, paid) = match self.status {
            PaymentStatus::Succeeded => ("paid", Some(self.amount)),
            PaymentStatus::Canceled => ("canceled", None),
            PaymentStatus::RequiresPaymentMethod | PaymentStatus::Processing => ("open", None),
        };
        json!({
            "id": self.entry,
            "object": "invoice_payment",
            "amount_paid": paid,
            "amount_requested": self.amount,
            "created": self.created,
            "currency": self.currency,
            "invoice": self.invoice,
            "is_default": true,
            "livemode": false,
            "payment": { "type": "payment_intent", "payment_intent": self.id },
            "status": status,
            "status_transitions": { "canceled_at": null, "paid_at": self.paid_at },
        })
    }
}

/// `GET /v1/payment_intents/{id}`
pub(super) fn retrieve(state: &State, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    Ok(found(&state.payments, id)?.render(state))
}

/// `GET /v1/payment_intents`
pub(super) fn list(state: &State, mut params: Params) -> Result<Value> {
    let customer = params.text("customer")?;
    let page = Page::take(&mut params)?;
    params.finish()?;
    page.of(state, &state.payments, "/v1/payment_intents", |payment| {
        customer
            .as_ref()
            .is_none_or(|customer| payment.customer == *customer)
    })
}

/// `GET /v1/invoice_payments`
pub(super) fn list_of_invoices(state: &State, mut params: Params) -> Result<Value> {
    let invoice = params.text("invoice")?;
    let status = params.choice("status", &["paid", "open", "canceled"])?;
    let mut intent = None;
    if let Some(mut payment) = params.object("payment")? {
        payment.choice("type", &["payment_intent"])?;
        intent = payment.text("payment_intent")?;
        payment.finish()?;
    }
    params.ignore(&["limit"]);
    params.finish()?;
    let payments = state.payments.values().rev();
    let payments = payments.filter(|payment| {
        invoice.as_ref().is_none_or(|invoice| payment.invoice == *invoice)
            && intent.as_ref().is_none_or(|intent| payment.id == *intent)
    });
    let data = payments.map(Payment::of_invoice);
    let data = data.filter(|payment| status.is_none_or(|status| payment["status"] == status));
    Ok(list::whole("/v1/invoice_payments", data))
}

/// `GET /v1/invoice_payments/{id}`
pub(super) fn retrieve_of_invoice(state: &State, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    let mut payments = state.payments.values();
    let payment = payments.find(|payment| payment.entry == id);
    payment
        .map(Payment::of_invoice)
        .ok_or_else(|| Refusal::missing("invoice payment", id))
}
