//! The jobs of the sale of Premium, as they are enqueued.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use serde::{Deserialize, Serialize};

use crate::id::Ids;
use crate::jobs::{self, NewJob, Schedule};
use crate::work::Work;

/// Takes in a webhook.
pub(super) const EVENT: &str = "billing.event";
/// Looks at a user's customer at Stripe.
pub(super) const LOOK: &str = "billing.look";
/// Judges a user's subscriptions by the clock.
pub(super) const JUDGE: &str = "billing.judge";
/// Tells Stripe a user's e-mail address.
pub(super) const TELL_EMAIL: &str = "billing.tell_email";
/// Looks at every customer.
pub(super) const RECONCILE: &str = "billing.reconcile";

/// The nightly reconciliation with Stripe.
pub(super) const RECONCILIATION: Schedule = Schedule::daily_at(RECONCILE, 3 * 60 + 20);

/// Tries over some days: Stripe is back by then, and the reconciliation comes every night.
const MAX_ATTEMPTS: i32 = 60;

/// What a webhook's job holds.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct EventPayload {
    /// Stripe's id of it.
    pub(super) event: String,
}

/// Has a webhook taken in.
pub(super) async fn take_in_event(
    conn: &mut AsyncPgConnection,
    ids: &Ids,
    now: DateTime<Utc>,
    event: &str,
) -> QueryResult<()> {
    let job = NewJob {
        kind: EVENT,
        user: None,
        payload: serde_json::json!({ "event": event }),
        unique_key: Some(event.to_owned()),
        run_at: now,
        max_attempts: MAX_ATTEMPTS,
    };
    jobs::enqueue_on(conn, ids, now, &job).await
}

/// Has the customer of the user of `work` looked at.
pub(super) async fn look_soon(work: &mut Work) -> QueryResult<()> {
    let now = work.now;
    enqueue(work, LOOK, now).await
}

/// Has the subscriptions of the user of `work` judged at `at`.
pub(super) async fn judge_at(work: &mut Work, at: DateTime<Utc>) -> QueryResult<()> {
    enqueue(work, JUDGE, at).await
}

/// Has Stripe told the e-mail address of the user of `work`.
pub(super) async fn tell_email(work: &mut Work) -> QueryResult<()> {
    let now = work.now;
    enqueue(work, TELL_EMAIL, now).await
}

async fn enqueue(work: &mut Work, kind: &'static str, run_at: DateTime<Utc>) -> QueryResult<()> {
    let job = NewJob {
        kind,
        user: Some(work.user),
        payload: serde_json::Value::Null,
        unique_key: Some(work.user.to_string()),
        run_at,
        max_attempts: MAX_ATTEMPTS,
    };
    jobs::enqueue(work, &job).await
}
