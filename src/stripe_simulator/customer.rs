//! Customers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::ids;
use super::list::{Between, Page};
use super::metadata::{Change, Metadata};
use super::object::{Object, found, named};
use super::params::Params;
use super::refusal::{Refusal, Result};
use super::state::State;

/// The parts of an address.
const ADDRESS: [&str; 6] = ["city", "country", "line1", "line2", "postal_code", "state"];

/// Someone who buys.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Customer {
    pub(super) id: String,
    created: i64,
    is_deleted: bool,
    pub(super) email: Option<String>,
    pub(super) name: Option<String>,
    phone: Option<String>,
    description: Option<String>,
    preferred_locales: Vec<String>,
    pub(super) address: Option<BTreeMap<String, String>>,
    /// The credit of the customer, as a negative amount.
    pub(super) balance: i64,
    pub(super) currency: Option<String>,
    invoice_prefix: String,
    pub(super) next_invoice: i64,
    pub(super) default_payment_method: Option<String>,
    pub(super) test_clock: Option<String>,
    metadata: Metadata,
}

impl Object for Customer {
    const WORD: &'static str = "customer";

    fn render(&self, state: &State) -> Value {
        if self.is_deleted {
            return json!({ "id": self.id, "object": "customer", "deleted": true });
        }
        let address = self.address.as_ref().map(|address| {
            let part = |name: &&str| ((*name).to_owned(), json!(address.get(*name)));
            ADDRESS.iter().map(part).collect::<serde_json::Map<_, _>>()
        });
        json!({
            "id": self.id,
            "object": "customer",
            "address": address,
            "balance": self.balance,
            "created": self.created,
            "currency": self.currency,
            "default_source": null,
            "delinquent": self.is_delinquent(state),
            "description": self.description,
            "discount": null,
            "email": self.email,
            "invoice_prefix": self.invoice_prefix,
            "invoice_settings": {
                "custom_fields": null,
                "default_payment_method": self.default_payment_method,
                "footer": null,
                "rendering_options": null,
            },
            "livemode": false,
            "metadata": self.metadata,
            "name": self.name,
            "next_invoice_sequence": self.next_invoice,
            "phone": self.phone,
            "preferred_locales": self.preferred_locales,
            "shipping": null,
            "tax_exempt": "none",
            "test_clock": self.test_clock,
        })
    }
}

impl Customer {
    /// The number of the customer's next invoice.
    pub(super) fn next_invoice_number(&mut self) -> String {
        let number = format!("{}-{:04}", self.invoice_prefix, self.next_invoice);
        self.next_invoice += 1;
        number
    }

    fn is_delinquent(&self, state: &State) -> bool {
        let mut subscriptions = state.subscriptions.values();
        subscriptions.any(|it| it.customer == self.id && it.status.owes())
    }

    /// Takes the parameters that creation and change share.
    fn take(&mut self, state: &State, params: &mut Params) -> Result<()> {
        if let Some(email) = params.patch("email")? {
            if let Some(email) = email.as_ref().filter(|email| !is_email(email)) {
                return Err(params
                    .wrong("email", &format!("Invalid email address: {email}"))
                    .code("email_invalid"));
            }
            self.email = email;
        }
        for (field, value) in [
            ("name", &mut self.name),
            ("phone", &mut self.phone),
            ("description", &mut self.description),
        ] {
            if let Some(given) = params.patch(field)? {
                *value = given;
            }
        }
        if params.has("preferred_locales") {
            self.preferred_locales = params.texts("preferred_locales")?;
        }
        if let Some(address) = params.object("address")? {
            self.address = Some(take_address(address)?);
        }
        if let Some(mut settings) = params.object("invoice_settings")? {
            if let Some(method) = settings.patch("default_payment_method")? {
                if let Some(method) = &method {
                    let param = "invoice_settings[default_payment_method]";
                    named(&state.payment_methods, method, param)?;
                }
                self.default_payment_method = method;
            }
            settings.finish()?;
        }
        params.ignore(&["tax", "tax_exempt", "shipping", "cash_balance"]);
        self.metadata = Change::take(params)?.merge(&self.metadata)?;
        Ok(())
    }
}

fn take_address(mut params: Params) -> Result<BTreeMap<String, String>> {
    let mut address = BTreeMap::new();
    for part in ADDRESS {
        if let Some(Some(text)) = params.patch(part)? {
            address.insert(part.to_owned(), text);
        }
    }
    params.finish()?;
    Ok(address)
}

fn is_email(text: &str) -> bool {
    let parts = text.split_once('@');
    parts.is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !text.contains(char::is_whitespace)
    })
}

/// The customer whom a parameter names; a deleted one does not exist for new objects.
pub(super) fn living<'a>(state: &'a State, id: &str, param: &str) -> Result<&'a Customer> {
    let customer = named(&state.customers, id, param)?;
    if customer.is_deleted {
        return Err(Refusal::no_such(Customer::WORD, id, param));
    }
    Ok(customer)
}

/// `POST /v1/customers`
pub(super) fn create(state: &mut State, mut params: Params) -> Result<Value> {
    let test_clock = params.text("test_clock")?;
    let mut customer = Customer::default();
    customer.take(state, &mut params)?;
    params.finish()?;
    customer.created = match &test_clock {
        Some(clock) => named(&state.clocks, clock, "test_clock")?.frozen_time,
        None => state.now(),
    };
    customer.id = state.id("cus");
    customer.test_clock = test_clock;
    customer.next_invoice = 1;
    customer.invoice_prefix = ids::token()[..8].to_uppercase();
    let rendered = customer.render(state);
    state.customers.insert(customer.id.clone(), customer);
    state.emit("customer.created", rendered.clone());
    Ok(rendered)
}

/// `GET /v1/customers/{id}`
pub(super) fn retrieve(state: &State, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    Ok(found(&state.customers, id)?.render(state))
}

/// `POST /v1/customers/{id}`
pub(super) fn update(state: &mut State, id: &str, mut params: Params) -> Result<Value> {
    let mut customer = found(&state.customers, id)?.clone();
    if customer.is_deleted {
        return Err(Refusal::missing(Customer::WORD, id));
    }
    customer.take(state, &mut params)?;
    params.finish()?;
    Ok(put(state, customer))
}

/// Stores a changed customer, and tells of the change.
pub(super) fn put(state: &mut State, customer: Customer) -> Value {
    let id = customer.id.clone();
    let before = state.customers.get(&id).map(|before| before.render(state));
    let after = customer.render(state);
    state.customers.insert(id, customer);
    state.emit_change("customer.updated", &before.unwrap_or_default(), after.clone());
    after
}

/// `DELETE /v1/customers/{id}`: also ends the subscriptions at once.
pub(super) fn delete(state: &mut State, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    let customer = found(&state.customers, id)?;
    if customer.is_deleted {
        return Err(Refusal::missing(Customer::WORD, id));
    }
    let last = customer.render(state);
    let living = state.subscriptions.values();
    let living = living.filter(|it| it.customer == id && !it.status.has_ended());
    let living: Vec<String> = living.map(|it| it.id.clone()).collect();
    for subscription in living {
        state.end_subscription(&subscription, "cancellation_requested");
    }
    if let Some(customer) = state.customers.get_mut(id) {
        customer.is_deleted = true;
    }
    state.emit("customer.deleted", last);
    Ok(found(&state.customers, id)?.render(state))
}

/// `GET /v1/customers`
pub(super) fn list(state: &State, mut params: Params) -> Result<Value> {
    let email = params.text("email")?;
    let test_clock = params.text("test_clock")?;
    let created = Between::take(&mut params, "created")?;
    let page = Page::take(&mut params)?;
    params.finish()?;
    page.of(state, &state.customers, "/v1/customers", |customer| {
        !customer.is_deleted
            && email
                .as_ref()
                .is_none_or(|email| customer.email.as_ref() == Some(email))
            && created.has(customer.created)
            && (test_clock.is_none() || customer.test_clock == test_clock)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_has_a_name_and_a_host() {
        assert!(is_email("a@b.example"));
        for wrong in ["a", "@b.example", "a@b", "a b@c.example"] {
            assert!(!is_email(wrong), "{wrong}");
        }
    }
}
