//! What must hold after AMDA's jobs have run, and after a reconciliation. A check returns what is wrong, in words.
//!
//! AMDA knows what Stripe said when it was last asked. So each answer of Stripe's is remembered as it was then, and AMDA is
//! held to the table of effects on that, by the present clock. A reconciliation asks about everybody.

use std::collections::{BTreeMap, BTreeSet};

use amda::id::UserId;
use chrono::DateTime;
use serde_json::Value;

use super::market::{Market, Person};
use super::oracle::{Customer, Notice};
use super::stored::{Kept, PostedNotice, Stored};

/// What is to be known of the past.
#[derive(Clone, Default)]
pub(super) struct Checks {
    /// The last answer of Stripe's about each user.
    answers: BTreeMap<UserId, Customer>,
    /// What was stored at the last check.
    before: Stored,
    /// The lines of the table by which anybody was judged, and the notices that were due.
    pub(super) lines: BTreeSet<String>,
}

impl Checks {
    /// Everything that is wrong after the jobs have run. Time must have passed since the last check.
    pub(super) async fn after_work(&mut self, market: &Market) -> Vec<String> {
        self.check(market, false).await
    }

    /// Everything that is wrong after a reconciliation.
    pub(super) async fn after_reconciliation(&mut self, market: &Market) -> Vec<String> {
        self.check(market, true).await
    }

    /// Remembers what AMDA heard of Stripe now, where nothing can be said of it: the jobs that follow have not run.
    pub(super) async fn remember(&mut self, market: &Market) {
        let stored = Stored::read(market).await;
        for person in &market.people {
            self.hear(market, person, &stored.of(person.user), false);
        }
        self.before = stored;
    }

    /// Remembers Stripe's answer about somebody, where AMDA asked now.
    fn hear(&mut self, market: &Market, person: &Person, kept: &Kept, was_asked: bool) {
        let was_asked = was_asked || kept.checked_at == Some(market.now());
        if let Some(customer) = kept.customer.as_ref().filter(|_| was_asked) {
            let answer = Customer::ask(market, customer);
            self.answers.insert(person.user, answer);
        }
    }

    async fn check(&mut self, market: &Market, was_reconciled: bool) -> Vec<String> {
        let stored = Stored::read(market).await;
        let mut wrong = Vec::new();
        for (who, person) in market.people.iter().enumerate() {
            let kept = stored.of(person.user);
            let mut found = self.check_person(market, person, &kept, was_reconciled);
            if was_reconciled {
                found.extend(after_reconciliation(market, person, &kept));
            }
            wrong.extend(found.into_iter().map(|what| format!("person {who}: {what}")));
        }
        self.before = stored;
        wrong
    }

    fn check_person(
        &mut self,
        market: &Market,
        person: &Person,
        kept: &Kept,
        was_reconciled: bool,
    ) -> Vec<String> {
        let before = self.before.of(person.user);
        let former = self.answers.get(&person.user).cloned();
        self.hear(market, person, kept, was_reconciled);
        let answer = self.answers.get(&person.user);
        if let Some(answer) = answer {
            self.lines.extend(answer.lines(&market.prices, market.now()));
        }
        let mut wrong = wrong_plan(kept);
        wrong.extend(wrong_subscriptions(market, kept, answer));
        wrong.extend(wrong_events(&before, kept));
        wrong.extend(wrong_notices(market, &before, kept, former.as_ref(), answer));
        wrong
    }
}

/// The plan is the greater of both, and each change of it was told once.
fn wrong_plan(kept: &Kept) -> Vec<String> {
    let mut wrong = Vec::new();
    let has_premium = kept.granted == "PREMIUM" || kept.bought == "PREMIUM";
    if (kept.plan == "PREMIUM") != has_premium {
        wrong.push(format!(
            "the plan is {}, granted {}, bought {}",
            kept.plan, kept.granted, kept.bought
        ));
    }
    // Everybody begins without Premium, and each event is a change to the other plan.
    if (kept.plan_events % 2 == 1) != (kept.plan == "PREMIUM") {
        wrong.push(format!(
            "{} changes of the plan led to {}",
            kept.plan_events, kept.plan
        ));
    }
    let shortened = kept.notices.iter().filter(|it| it.kind == "RETENTION_SHORTENED");
    let (shortened, losses) = (shortened.count(), kept.plan_events / 2);
    if shortened != losses {
        wrong.push(format!(
            "{losses} losses of Premium, and {shortened} notices of them"
        ));
    }
    wrong
}

/// What is stored is what the table says of Stripe's last answer.
fn wrong_subscriptions(market: &Market, kept: &Kept, answer: Option<&Customer>) -> Vec<String> {
    let (prices, now) = (&market.prices, market.now());
    let mut wrong = Vec::new();
    let has_bought = kept.bought == "PREMIUM";
    if answer.is_some_and(|it| it.gives_premium(prices, now)) != has_bought {
        wrong.push(format!("bought {} against the table", kept.bought));
    }
    let living = answer.map_or(&[][..], Customer::subscriptions);
    for subscription in living {
        let (id, facts) = (subscription.id(), subscription.facts(prices, now));
        match kept.subscriptions.get(&id) {
            Some(stored) if stored.facts == facts => {}
            Some(stored) => wrong.push(format!("{id}: {}", differences(&stored.facts, &facts))),
            None => wrong.push(format!("{id} is not stored, and is {facts}")),
        }
    }
    for (id, former) in &kept.subscriptions {
        let is_final = ["canceled", "incomplete_expired"].contains(&former.facts["status"].as_str().unwrap());
        let is_over = is_final && former.facts["givesPremium"] == false;
        if !is_over && living.iter().all(|it| it.id() != *id) {
            wrong.push(format!("{id} is over, and stored as {}", former.facts));
        }
    }
    let covered = living
        .iter()
        .filter_map(super::oracle::Subscription::covered_until)
        .max();
    if has_bought && covered.is_none_or(|until| now >= until) {
        wrong.push(format!("has Premium at {now}, and has paid until {covered:?}"));
    }
    wrong
}

/// The facts of `found` that are not as those of `wanted`, in words.
fn differences(found: &Value, wanted: &Value) -> String {
    let wanted = wanted.as_object().unwrap().iter();
    let others = wanted.filter(|(name, value)| found[name.as_str()] != **value);
    let told = others.map(|(name, value)| format!("{name} is {} instead of {value}", found[name.as_str()]));
    told.collect::<Vec<_>>().join(", ")
}

/// A subscription was told of if and only if it changed.
fn wrong_events(before: &Kept, kept: &Kept) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut told = 0;
    for (id, now) in &kept.subscriptions {
        told += now.events;
        let then = before.subscriptions.get(id);
        let has_changed = then.is_none_or(|then| then.facts != now.facts);
        let events = now.events - then.map_or(0, |then| then.events);
        if has_changed != (events > 0) {
            let changes = then.map_or_else(String::new, |then| differences(&now.facts, &then.facts));
            wrong.push(format!("{id} has {events} new events: {changes}"));
        }
    }
    if told != kept.billing_events {
        wrong.push("an event tells of a subscription that there is not".to_owned());
    }
    wrong
}

/// Each notice that is due was posted, none was posted that is not, and none twice.
fn wrong_notices(
    market: &Market,
    before: &Kept,
    kept: &Kept,
    former: Option<&Customer>,
    answer: Option<&Customer>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    let due = |answer: Option<&Customer>| {
        answer.map_or_else(Vec::new, |it| it.notices(&market.prices, market.now()))
    };
    let posted = |kept: &Kept| -> Vec<Notice> { kept.notices.iter().filter_map(named).collect() };
    let (old, new) = (posted(before), posted(kept));
    for notice in due(answer).iter().filter(|notice| !new.contains(notice)) {
        wrong.push(format!("{notice:?} was not posted"));
    }
    // The clock may have decided by the former answer, just before the new one came.
    let justified = [due(former), due(answer)].concat();
    let posted_now = new.iter().skip(old.len());
    for notice in posted_now.filter(|notice| !justified.contains(notice)) {
        wrong.push(format!("{notice:?} was posted, and only {justified:?} are due"));
    }
    let mut sorted = new;
    sorted.sort();
    for pair in sorted.windows(2).filter(|pair| pair[0] == pair[1]) {
        wrong.push(format!("{:?} was posted twice", pair[0]));
    }
    wrong
}

/// The notice as the oracle names it; none of a kind that is not about payments.
fn named(posted: &PostedNotice) -> Option<Notice> {
    let kind = ["PAYMENT_FAILED", "TRIAL_ENDING"]
        .into_iter()
        .find(|kind| *kind == posted.kind)?;
    let until = posted.details["until"].as_str().unwrap();
    Some(Notice {
        kind,
        day: posted.details["day"].as_i64().unwrap_or(0),
        until: DateTime::parse_from_rfc3339(until).unwrap().timestamp(),
    })
}

/// What holds of Stripe itself once it was asked about everything.
fn after_reconciliation(market: &Market, person: &Person, kept: &Kept) -> Vec<String> {
    let (prices, now) = (&market.prices, market.now());
    let mut wrong = Vec::new();
    let customers = market.customers(person);
    if customers.len() > 1 {
        wrong.push(format!("is {} customers", customers.len()));
    }
    for customer in &customers {
        if kept.customer.as_ref() != Some(customer) {
            wrong.push(format!("is {customer} and not {:?}", kept.customer));
        }
        let answer = Customer::ask(market, customer);
        let living = answer.subscriptions().iter().filter(|it| it.is_living()).count();
        if living > 1 {
            wrong.push(format!("pays for {living} subscriptions"));
        }
        let has_paid = answer
            .subscriptions()
            .iter()
            .any(|it| it.is_plainly_paid(prices, now));
        if has_paid && kept.plan != "PREMIUM" {
            wrong.push(format!("has paid, and has the plan {}", kept.plan));
        }
    }
    wrong
}
