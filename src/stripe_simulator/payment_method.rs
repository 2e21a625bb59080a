//! Payment methods: instruments that customers saved.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::customer;
use super::instrument::Instrument;
use super::list::Page;
use super::object::{Object, found};
use super::params::Params;
use super::refusal::Result;
use super::state::State;

/// An instrument of a customer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct PaymentMethod {
    pub(super) id: String,
    created: i64,
    pub(super) customer: Option<String>,
    email: Option<String>,
    pub(super) instrument: Instrument,
}

impl Object for PaymentMethod {
    const WORD: &'static str = "PaymentMethod";

    fn render(&self, _: &State) -> Value {
        let kind = self.instrument.kind();
        json!({
            "id": self.id,
            "object": "payment_method",
            "allow_redisplay": "always",
            "billing_details": billing_details(self.email.as_deref()),
            kind: self.instrument.details(),
            "created": self.created,
            "customer": self.customer,
            "livemode": false,
            "metadata": {},
            "type": kind,
        })
    }
}

/// The name and address on an instrument.
pub(super) fn billing_details(email: Option<&str>) -> Value {
    json!({ "address": null, "email": email, "name": null, "phone": null, "tax_id": null })
}

impl State {
    /// Saves an instrument for a customer, or refuses it as the bank would.
    pub(super) fn attach(&mut self, customer: &str, instrument: Instrument) -> Result<String> {
        if let Some(decline) = instrument.attached() {
            return Err(decline.refusal());
        }
        let method = PaymentMethod {
            id: self.id("pm"),
            created: self.now_of(customer),
            customer: Some(customer.to_owned()),
            email: found(&self.customers, customer)?.email.clone(),
            instrument,
        };
        let id = method.id.clone();
        let rendered = method.render(self);
        self.payment_methods.insert(id.clone(), method);
        self.emit("payment_method.attached", rendered);
        Ok(id)
    }

    /// Saves an instrument, and uses it from now on for a customer and for all that they subscribe to.
    pub(super) fn replace_method(&mut self, customer: &str, instrument: Instrument) -> Result<String> {
        let mut changed = customer::living(self, customer, "customer")?.clone();
        let method = self.attach(customer, instrument)?;
        changed.default_payment_method = Some(method.clone());
        customer::put(self, changed);
        let theirs = self.subscriptions.values();
        let theirs = theirs.filter(|it| it.customer == customer && !it.status.has_ended());
        let theirs: Vec<String> = theirs.map(|it| it.id.clone()).collect();
        for subscription in theirs {
            self.change_subscription(&subscription, |it| {
                it.default_payment_method = Some(method.clone());
            });
        }
        Ok(method)
    }
}

/// `GET /v1/payment_methods/{id}`
pub(super) fn retrieve(state: &State, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    Ok(found(&state.payment_methods, id)?.render(state))
}

/// `GET /v1/payment_methods`
pub(super) fn list(state: &State, mut params: Params) -> Result<Value> {
    let customer = params.text("customer")?;
    let kind = params.choice("type", &["card", "sepa_debit"])?;
    let page = Page::take(&mut params)?;
    params.finish()?;
    page.of(state, &state.payment_methods, "/v1/payment_methods", |method| {
        (customer.is_none() || method.customer == customer)
            && kind.is_none_or(|kind| method.instrument.kind() == kind)
    })
}

/// `GET /v1/customers/{id}/payment_methods`
pub(super) fn list_of(state: &State, owner: &str, mut params: Params) -> Result<Value> {
    customer::living(state, owner, "customer").map_err(|refusal| refusal.with_status(404))?;
    let kind = params.choice("type", &["card", "sepa_debit"])?;
    let page = Page::take(&mut params)?;
    params.finish()?;
    let url = format!("/v1/customers/{owner}/payment_methods");
    page.of(state, &state.payment_methods, &url, |method| {
        method.customer.as_deref() == Some(owner) && kind.is_none_or(|kind| method.instrument.kind() == kind)
    })
}
