//! Invoices of Stripe's, and the attempts to collect them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::market::{Market, text};

/// An invoice, with what was done to collect it.
#[derive(Debug, Clone)]
pub(super) struct Bill {
    pub(super) object: Value,
    pub(super) attempts: Vec<Attempt>,
}

/// An attempt to take money.
#[derive(Debug, Clone)]
pub(super) struct Attempt {
    pub(super) charge: Value,
    /// The states of its disputes.
    disputes: Vec<String>,
}

/// Every attempt of a customer, by its payment.
pub(super) fn attempts(market: &Market, of: &str) -> BTreeMap<String, Vec<Attempt>> {
    let mut attempts: BTreeMap<String, Vec<Attempt>> = BTreeMap::new();
    for charge in market.list("/v1/charges", of) {
        let mut disputes = Vec::new();
        if charge["disputed"] == true {
            let path = format!("charge={}", text(&charge["id"]));
            let listed = market.list("/v1/disputes", &path);
            disputes.extend(listed.iter().map(|dispute| text(&dispute["status"])));
        }
        let payment = text(&charge["payment_intent"]);
        let attempt = Attempt { charge, disputes };
        attempts.entry(payment).or_default().push(attempt);
    }
    attempts
}

impl Bill {
    /// The bill of `invoice`, whose payments are among `attempts`.
    pub(super) fn of(invoice: &Value, attempts: &BTreeMap<String, Vec<Attempt>>) -> Self {
        let payments = invoice["payments"]["data"].as_array().unwrap().iter();
        let payments = payments.map(|it| text(&it["payment"]["payment_intent"]));
        let own = payments.filter_map(|payment| attempts.get(&payment)).flatten();
        Self {
            object: invoice.clone(),
            attempts: own.cloned().collect(),
        }
    }

    /// Everything that AMDA stores of it, but the ids.
    pub(super) fn facts(&self) -> Value {
        json!([
            self.state().to_uppercase(),
            self.number("total"),
            self.number("amount_paid"),
            self.refunded(),
        ])
    }

    pub(super) fn state(&self) -> &str {
        self.object["status"].as_str().unwrap()
    }

    pub(super) fn number(&self, field: &str) -> i64 {
        number(&self.object[field])
    }

    pub(super) fn created(&self) -> i64 {
        self.number("created")
    }

    /// The end of the time that it is for.
    pub(super) fn end(&self) -> i64 {
        let lines = self.object["lines"]["data"].as_array().unwrap().iter();
        lines.map(|line| number(&line["period"]["end"])).max().unwrap()
    }

    pub(super) fn has_attempt(&self, state: &str) -> bool {
        self.attempts.iter().any(|attempt| attempt.is(state))
    }

    pub(super) fn is_disputed(&self, state: &str) -> bool {
        let disputes = self.attempts.iter().flat_map(|attempt| &attempt.disputes);
        disputes.into_iter().any(|dispute| dispute == state)
    }

    pub(super) fn taken(&self) -> i64 {
        let taken = self.attempts.iter().filter(|attempt| attempt.is("succeeded"));
        taken.map(|attempt| number(&attempt.charge["amount"])).sum()
    }

    pub(super) fn refunded(&self) -> i64 {
        let all = self.attempts.iter();
        all.map(|attempt| number(&attempt.charge["amount_refunded"]))
            .sum()
    }

    pub(super) fn is_taken_back(&self) -> bool {
        let is_refunded = self.refunded() > 0 && self.refunded() == self.taken();
        is_refunded || self.is_disputed("lost") || self.is_disputed("needs_response")
    }
}

impl Attempt {
    pub(super) fn is(&self, state: &str) -> bool {
        self.charge["status"] == state
    }

    pub(super) fn was_left_alone(&self) -> bool {
        self.disputes.is_empty() && self.charge["amount_refunded"] == 0
    }
}

/// The number of a JSON value.
pub(super) fn number(value: &Value) -> i64 {
    value.as_i64().unwrap()
}
