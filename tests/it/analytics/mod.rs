//! Looking back: what was counted, cut by the user's clock, compared, exported, and shown to nobody else.

mod counting;
mod looking;

use amda::account::AccountRef;
use amda::counts::{self, Day, Metric, SLOTS};
use amda::id::{AccountId, UserId};
use diesel_async::SimpleAsyncConnection;
use serde_json::{Value, json};

use crate::support::app::{TestApp, TestPhone, TestUser};

const LOOK: &str = "query ($range: AnalyticsRangeInput!, $bucket: TimeBucket!, $accounts: [ID!]) { viewer {
    analytics(range: $range, bucket: $bucket, accountIds: $accounts) {
        from to timeZone buckets { startsAt endsAt }
        series { metric total previousTotal change counts }
        topContacts(by: MESSAGES_RECEIVED) { count contact { displayName } }
        responseTimes { overall { answers medianSeconds p90Seconds } byBucket { answers } }
        busiestHours { weekday hour messages }
    }
} }";

fn look(from: &str, to: &str, bucket: &str) -> Value {
    json!({"range": {"days": {"from": from, "to": to}}, "bucket": bucket})
}

/// The days around now, whatever zone and midnight it is.
fn these_days() -> Value {
    let today = chrono::DateTime::<chrono::Utc>::from(std::time::UNIX_EPOCH + since_epoch()).date_naive();
    let day = |days| (today + chrono::TimeDelta::days(days)).to_string();
    look(&day(-1), &day(1), "DAY")
}

#[expect(
    clippy::disallowed_methods,
    reason = "the server under test goes by the machine's clock"
)]
fn since_epoch() -> std::time::Duration {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
}

/// The row that a user's account has in the database.
async fn reference(user: &TestUser, phone: &TestPhone) -> AccountRef {
    let viewer = user.run("{ viewer { user { id } } }", json!({})).await;
    let id = viewer.pointer("/viewer/user/id").and_then(Value::as_str).unwrap();
    AccountRef {
        id: AccountId::from_global(&phone.account).unwrap(),
        user: UserId::from_global(id).unwrap(),
    }
}

/// Counts of one metric at quarters of an hour of a day of UTC.
fn day(account: AccountRef, day: &str, metric: Metric, counts: &[(usize, i32)]) -> Day {
    let mut slots = vec![0; SLOTS];
    for (slot, count) in counts {
        slots[*slot] = *count;
    }
    Day {
        day: day.parse().unwrap(),
        account: account.id,
        metric,
        counts: slots,
    }
}

async fn add(app: &TestApp, account: AccountRef, days: &[Day]) {
    let core = &app.app.services.core;
    let mut work = core.begin(account.user).await.unwrap();
    counts::add_days(&mut work, account.user, days).await.unwrap();
    work.commit().await.unwrap();
}

async fn set_zone(app: &TestApp, account: AccountRef, zone: &str) {
    let mut work = app.app.services.core.begin(account.user).await.unwrap();
    work.batch_execute(&format!("UPDATE users SET time_zone = '{zone}'"))
        .await
        .unwrap();
    work.commit().await.unwrap();
}

/// The counts of `metric` in an answer to [`LOOK`].
fn series<'a>(answer: &'a Value, metric: &str) -> &'a Value {
    let all = answer
        .pointer("/viewer/analytics/series")
        .and_then(Value::as_array);
    let mut all = all.unwrap_or_else(|| panic!("no series in {answer:#}")).iter();
    all.find(|series| series["metric"] == metric).unwrap()
}

/// The count of `metric` in the range of an answer to [`LOOK`].
fn total(answer: &Value, metric: &str) -> i64 {
    int(series(answer, metric), "/total")
}

fn int(answer: &Value, pointer: &str) -> i64 {
    answer
        .pointer(pointer)
        .and_then(Value::as_i64)
        .unwrap_or_else(|| panic!("no number at {pointer} of {answer:#}"))
}
