//! Looking back over a year of a busy account: how long the answer takes, and what counting costs while it happens.
//!
//! A year of a million events is counted by the code that counts in service. Prints figures and judges nothing:
//! `cargo bench --bench analytics`.

#![recursion_limit = "256"]
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and stops when it cannot go on"
)]

#[expect(dead_code, reason = "the tests use the rest of it")]
#[path = "../it/support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use amda::account::AccountRef;
use amda::counts::{self, Count, Metric};
use amda::id::{AccountId, ContactId, UserId};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use diesel_async::SimpleAsyncConnection;
use serde_json::{Value, json};

use support::app::{TestApp, TestUser};

const DAYS: i64 = 365;
const EVENTS: i64 = 1_000_000;
const CONTACTS: u64 = 300;
/// As many as the pipeline takes in at once, at most.
const BATCH: usize = 128;
const TRIES: usize = 50;

const LOOK: &str = "query ($range: AnalyticsRangeInput!, $bucket: TimeBucket!) { viewer {
    analytics(range: $range, bucket: $bucket) {
        buckets { startsAt } series { metric total change counts } busiestHours { messages }
    }
} }";
const TOP: &str = "query ($range: AnalyticsRangeInput!, $bucket: TimeBucket!) { viewer {
    analytics(range: $range, bucket: $bucket) {
        topContacts(by: MESSAGES_RECEIVED) { count contact { displayName } }
        responseTimes { overall { medianSeconds } }
    }
} }";

#[tokio::main]
async fn main() {
    // `cargo test --benches` only wants to know that it starts.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let app = TestApp::start().await;
    let (user, phone) = app.premium_with_phone("bench@example.org", "5511900000098").await;
    let viewer = user.run("{ viewer { id } }", json!({})).await;
    let id = viewer.pointer("/viewer/id").and_then(Value::as_str).unwrap();
    let account = AccountRef {
        id: AccountId::from_global(&phone.account).unwrap(),
        user: UserId::from_global(id).unwrap(),
    };
    let from: NaiveDate = "2025-01-01".parse().unwrap();
    count_a_year(&app, account, from).await;
    let to = from + TimeDelta::days(DAYS - 1);
    for (bucket, from) in [
        ("DAY", from),
        ("WEEK", from),
        ("MONTH", from),
        ("HOUR", to - TimeDelta::days(30)),
    ] {
        let variables = json!({"range": {"days": {"from": from, "to": to}}, "bucket": bucket});
        ask(&user, LOOK, &variables, &format!("{from} to {to} by {bucket}")).await;
    }
    let year = json!({"range": {"days": {"from": from, "to": to}}, "bucket": "MONTH"});
    ask(&user, TOP, &year, "top contacts and response times of the year").await;
    app.stop().await;
}

async fn count_a_year(app: &TestApp, account: AccountRef, from: NaiveDate) {
    let core = &app.app.services.core;
    let contacts: Vec<ContactId> = (0..CONTACTS).map(|_| core.ids.next()).collect();
    let mut work = core.begin(account.user).await.unwrap();
    for (number, contact) in contacts.iter().enumerate() {
        let row = format!(
            "INSERT INTO contacts (id, user_id, account_id, lid, created_at) VALUES ('{}', '{}', '{}', '{number}', now())",
            contact.as_uuid(),
            account.user.as_uuid(),
            account.id.as_uuid(),
        );
        work.batch_execute(&row).await.unwrap();
    }
    work.commit().await.unwrap();
    let start = from.and_time(chrono::NaiveTime::MIN).and_utc();
    let mut batches = Vec::new();
    let mut batch = Vec::with_capacity(BATCH);
    let year = TimeDelta::days(DAYS).num_milliseconds();
    for number in 0..EVENTS {
        batch.push(event(
            core,
            account,
            &contacts,
            start + TimeDelta::milliseconds(year * number / EVENTS),
        ));
        if batch.len() == BATCH {
            batches.push(count(core, account, &std::mem::take(&mut batch)).await);
        }
    }
    count(core, account, &batch).await;
    print_times("counting 128 events in a transaction", &mut batches);
}

fn event(core: &amda::work::Core, account: AccountRef, contacts: &[ContactId], at: DateTime<Utc>) -> Count {
    let metrics = u64::try_from(Metric::ALL.len()).unwrap();
    let metric = Metric::ALL[usize::try_from(core.ids.between(0, metrics - 1)).unwrap()];
    let lucky = core
        .ids
        .between(0, CONTACTS - 1)
        .min(core.ids.between(0, CONTACTS - 1));
    Count {
        metric,
        account: account.id,
        contact: Some(contacts[usize::try_from(lucky).unwrap()]),
        at,
    }
}

async fn count(core: &amda::work::Core, account: AccountRef, batch: &[Count]) -> Duration {
    let mut work = core.begin(account.user).await.unwrap();
    let start = Instant::now();
    counts::add(&mut work, account.user, batch).await.unwrap();
    let took = start.elapsed();
    work.commit().await.unwrap();
    took
}

async fn ask(user: &TestUser, query: &str, variables: &Value, what: &str) {
    let mut times = Vec::with_capacity(TRIES);
    for _ in 0..TRIES {
        let start = Instant::now();
        user.run(query, variables.clone()).await;
        times.push(start.elapsed());
    }
    print_times(what, &mut times);
}

fn print_times(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |of_hundred: usize| times[(times.len() - 1) * of_hundred / 100].as_secs_f64() * 1_000.0;
    println!("{what}: p50 {:.1} ms, p99 {:.1} ms", at(50), at(99));
}
