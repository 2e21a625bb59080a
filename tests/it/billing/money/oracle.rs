//! The table of effects once more, from Stripe's objects alone: it shares no code with AMDA's judgement, so that a mistake of
//! one is seen by the other.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::bills::{Attempt, Bill, attempts, number};
use super::market::{Market, Prices, days, text};
use crate::billing::steps::DAY;

/// Time for which Premium outlives a refusal, or the end of a period of whose renewal nothing was heard.
const GRACE: i64 = 7 * DAY;
/// The time from the end of a period to the first attempt to collect the next.
const DRAFT: i64 = 3_600;

/// A customer as Stripe describes them.
#[derive(Debug, Clone)]
pub(super) struct Customer {
    /// None once the customer was deleted.
    pub(super) subscriptions: Option<Vec<Subscription>>,
}

/// A subscription, with everything that was paid for it.
#[derive(Debug, Clone)]
pub(super) struct Subscription {
    object: Value,
    /// Newest first.
    bills: Vec<Bill>,
}

/// A notice that is owed to a user.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Notice {
    pub(super) kind: &'static str,
    /// The day after the refusal; 0 for a trial.
    pub(super) day: i64,
    pub(super) until: i64,
}

impl Customer {
    /// Asks Stripe about `customer`.
    pub(super) fn ask(market: &Market, customer: &str) -> Self {
        let found = market.call("GET", &format!("/v1/customers/{customer}"), "");
        if found.expect("Stripe keeps what it deletes")["deleted"] == true {
            return Self { subscriptions: None };
        }
        let of = format!("customer={customer}");
        let attempts = attempts(market, &of);
        let invoices = market.list("/v1/invoices", &format!("{of}&expand[]=data.payments"));
        let objects = market.list("/v1/subscriptions", &format!("{of}&status=all"));
        let subscriptions = objects.into_iter().map(|object| {
            let own = invoices
                .iter()
                .filter(|invoice| invoice["parent"]["subscription_details"]["subscription"] == object["id"]);
            let bills = own.map(|invoice| Bill::of(invoice, &attempts)).collect();
            Subscription { object, bills }
        });
        Self {
            subscriptions: Some(subscriptions.collect()),
        }
    }

    /// Those of a customer who exists.
    pub(super) fn subscriptions(&self) -> &[Subscription] {
        self.subscriptions.as_deref().unwrap_or_default()
    }

    pub(super) fn gives_premium(&self, prices: &Prices, now: i64) -> bool {
        self.subscriptions()
            .iter()
            .any(|it| it.gives_premium(prices, now))
    }

    /// The lines of the table that decide about this customer, and the notices that are due.
    pub(super) fn lines(&self, prices: &Prices, now: i64) -> Vec<String> {
        let Some(subscriptions) = &self.subscriptions else {
            return vec!["deleted".to_owned()];
        };
        let notices = self.notices(prices, now).into_iter();
        let notices = notices.map(|notice| format!("{} {}", notice.kind, notice.day));
        let lines = subscriptions.iter().map(|it| it.line(prices, now));
        lines.chain(notices).collect()
    }

    /// The notices that this customer is to have had by `now`.
    pub(super) fn notices(&self, prices: &Prices, now: i64) -> Vec<Notice> {
        let own = self.subscriptions().iter();
        own.filter_map(|it| it.notice(prices, now)).collect()
    }
}

impl Subscription {
    pub(super) fn id(&self) -> String {
        text(&self.object["id"])
    }

    /// True when it goes on, whatever is owed for it.
    pub(super) fn is_living(&self) -> bool {
        ["trialing", "active", "past_due", "unpaid", "paused"].contains(&self.status())
    }

    /// The line of the table that it is on, and what it gives.
    fn line(&self, prices: &Prices, now: i64) -> String {
        let line = match self.last_payment() {
            _ if !self.is_living() => self.status(),
            _ if self.interval(prices).is_none() => "another price",
            "NONE" | "KEPT" => self.status(),
            taken_back => taken_back,
        };
        let gives = if self.gives_premium(prices, now) {
            "yes"
        } else {
            "no"
        };
        format!("{line}: {gives}")
    }

    /// True while it gives Premium.
    fn gives_premium(&self, prices: &Prices, now: i64) -> bool {
        let lasts = match self.status() {
            "trialing" | "active" => now < self.period_end() + GRACE,
            "past_due" => self.was_paid() && now < self.grace_end(),
            "unpaid" | "incomplete" | "incomplete_expired" | "paused" | "canceled" => false,
            other => panic!("the table has no line for {other}"),
        };
        lasts && self.interval(prices).is_some() && matches!(self.last_payment(), "NONE" | "KEPT")
    }

    /// Everything that AMDA stores of it, but the ids.
    pub(super) fn facts(&self, prices: &Prices, now: i64) -> Value {
        let item = &self.object["items"]["data"][0];
        let bills = self
            .bills
            .iter()
            .map(|bill| (text(&bill.object["id"]), bill.facts()));
        json!({
            "status": self.status(),
            "interval": self.interval(prices),
            "periodStart": item["current_period_start"],
            "periodEnd": item["current_period_end"],
            "trialEnd": self.object["trial_end"],
            "cancelsAt": self.object["cancel_at"],
            "endedAt": self.object["ended_at"],
            "failingSince": self.first_refusal(),
            "wasPaid": self.was_paid(),
            "lastPayment": self.last_payment(),
            "givesPremium": self.gives_premium(prices, now),
            "bills": bills.collect::<BTreeMap<_, _>>(),
        })
    }

    /// The latest end of what was paid for and not given back, or is being paid, with the grace after it. Nobody has Premium
    /// after that, whatever else there is.
    pub(super) fn covered_until(&self) -> Option<i64> {
        let is_active = self.status() == "active";
        let covering = self.bills.iter().filter(|bill| match bill.state() {
            "paid" => !bill.is_taken_back(),
            // It is not collected yet, or its bank has not decided.
            "draft" => is_active,
            _ => bill.has_attempt("pending"),
        });
        covering.map(Bill::end).max().map(|end| end + DRAFT + GRACE)
    }

    /// True beyond any doubt: everything ever billed was paid, and nothing of it was ever asked back.
    pub(super) fn is_plainly_paid(&self, prices: &Prices, now: i64) -> bool {
        let is_clean =
            |bill: &Bill| bill.state() == "paid" && bill.attempts.iter().all(Attempt::was_left_alone);
        self.status() == "active"
            && self.interval(prices).is_some()
            && now < self.period_end()
            && self.bills.iter().all(is_clean)
    }

    fn notice(&self, prices: &Prices, now: i64) -> Option<Notice> {
        if !self.gives_premium(prices, now) {
            return None;
        }
        if self.status() == "past_due" {
            let elapsed = now - self.owed_since();
            let due = [6, 3, 0].into_iter().find(|day| days(*day) <= elapsed)?;
            return Some(Notice {
                kind: "PAYMENT_FAILED",
                day: due,
                until: self.grace_end(),
            });
        }
        let end = self.object["trial_end"].as_i64()?;
        let is_told = self.status() == "trialing" && self.object["cancel_at"].is_null();
        (is_told && end - days(3) <= now && now < end).then_some(Notice {
            kind: "TRIAL_ENDING",
            day: 0,
            until: end,
        })
    }

    fn status(&self) -> &str {
        self.object["status"].as_str().unwrap()
    }

    fn interval(&self, prices: &Prices) -> Option<&'static str> {
        let price = self.object["items"]["data"][0]["price"]["id"].as_str()?;
        [(&prices.monthly, "MONTHLY"), (&prices.yearly, "YEARLY")]
            .into_iter()
            .find_map(|(ours, interval)| (ours == price).then_some(interval))
    }

    fn period_end(&self) -> i64 {
        number(&self.object["items"]["data"][0]["current_period_end"])
    }

    fn was_paid(&self) -> bool {
        self.bills.iter().any(|bill| bill.state() == "paid")
    }

    fn grace_end(&self) -> i64 {
        self.owed_since() + GRACE
    }

    fn owed_since(&self) -> i64 {
        let start = number(&self.object["items"]["data"][0]["current_period_start"]);
        self.first_refusal().unwrap_or(start)
    }

    /// The first refusal of the oldest bill that is open.
    fn first_refusal(&self) -> Option<i64> {
        let open = self.bills.iter().filter(|bill| bill.state() == "open");
        let oldest = open.min_by_key(|bill| bill.created())?;
        let refused = oldest.attempts.iter().filter(|attempt| attempt.is("failed"));
        refused.map(|attempt| number(&attempt.charge["created"])).min()
    }

    /// What became of the newest bill that somebody paid money for.
    fn last_payment(&self) -> &'static str {
        let paid = self
            .bills
            .iter()
            .filter(|bill| bill.state() == "paid" && bill.number("amount_paid") > 0);
        let Some(newest) = paid.max_by_key(|bill| bill.created()) else {
            return "NONE";
        };
        if newest.is_disputed("lost") {
            "DISPUTE_LOST"
        } else if newest.is_disputed("needs_response") {
            "DISPUTED"
        } else if newest.refunded() > 0 && newest.refunded() == newest.taken() {
            "REFUNDED"
        } else {
            "KEPT"
        }
    }
}
