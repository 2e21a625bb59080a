//! What follows from a user's subscriptions: their plan, notices, events, and the moment at which to judge again.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use serde_json::json;

use super::ids::BillingSubscriptionId;
use super::scheduling;
use super::store::SubscriptionRow;
use crate::hub::EventKind;
use crate::notices::{self, NewNotice, NoticeKind};
use crate::plan::{self, Plan};
use crate::work::Work;

/// The subscriptions that are other than before.
#[derive(Debug, Default)]
pub(super) struct Changes(BTreeSet<BillingSubscriptionId>);

impl Changes {
    pub(super) fn add(&mut self, id: BillingSubscriptionId) {
        self.0.insert(id);
    }
}

/// Draws the consequences of `rows`, which are all of the user's, in the unit of work that stored them.
pub(super) async fn draw(work: &mut Work, rows: &[SubscriptionRow], changes: Changes) -> QueryResult<()> {
    let now = work.now;
    let has_premium = rows.iter().any(|row| row.gives_premium);
    let bought = if has_premium { Plan::Premium } else { Plan::Free };
    plan::set_bought(work, bought).await?;
    for id in changes.0 {
        work.emit(EventKind::BillingSubscriptionChanged, None, id);
    }
    for row in rows {
        post_notices(work, row).await?;
    }
    let next = rows.iter().filter_map(|row| row.facts().judge(now).next_at).min();
    match next {
        Some(at) => scheduling::judge_at(work, at).await,
        None => Ok(()),
    }
}

async fn post_notices(work: &mut Work, row: &SubscriptionRow) -> QueryResult<()> {
    let (facts, now) = (row.facts(), work.now);
    if let Some((since, day)) = facts.failure_notice(now) {
        let until = facts.judge(now).grace_ends_at;
        let details = json!({ "day": day, "until": until });
        post_once(work, NoticeKind::PaymentFailed, row, (since, day), details).await?;
    }
    if let Some(end) = facts.trial_notice(now) {
        let details = json!({ "until": end, "amount": row.amount, "currency": row.currency });
        post_once(work, NoticeKind::TrialEnding, row, (end, 0), details).await?;
    }
    Ok(())
}

/// Posts a notice of `kind` about an occasion of a subscription, unless that was done before.
async fn post_once(
    work: &mut Work,
    kind: NoticeKind,
    row: &SubscriptionRow,
    (since, day): (DateTime<Utc>, i64),
    mut details: serde_json::Value,
) -> QueryResult<()> {
    let occasion = format!("{}/{}/{day}", row.id, since.timestamp());
    if notices::was_posted(work, kind, None, ("occasion", &occasion)).await? {
        return Ok(());
    }
    details["occasion"] = occasion.into();
    let notice = NewNotice {
        kind,
        account: None,
        subject: None,
        details,
        at: work.now,
    };
    notices::post(work, &notice).await.map(drop)
}
