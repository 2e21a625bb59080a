//! The retention time of a user's items, and the grace period after a change to a smaller plan.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::json;

use super::Plan;
use crate::db::schema::users;
use crate::id::UserId;
use crate::notices::{self, NewNotice, NoticeKind};
use crate::work::Work;

/// The time between a change to a plan that keeps items for a shorter time and the removal of the first of them.
pub const GRACE: TimeDelta = TimeDelta::days(30);

/// The retention of the user's items: captures, deleted messages, statuses and the like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// The number of days after which an item is removed; `None`: only when the user deletes it.
    pub days: Option<i32>,
    /// Set after a change to a plan that keeps items for a shorter time: until then nothing is removed. Afterwards
    /// whatever is older than `days` goes. `None` when there is no such notice, or when it is over.
    pub grace_until: Option<DateTime<Utc>>,
}

impl Retention {
    /// Items from before this go at `now`; none: nothing goes.
    pub fn cutoff(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let is_in_grace = self.grace_until.is_some_and(|until| now < until);
        let days = self.days.filter(|_| !is_in_grace)?;
        Some(now - TimeDelta::days(days.into()))
    }

    /// The retention as of `now`: without a grace period that is over.
    #[must_use]
    pub fn at(self, now: DateTime<Utc>) -> Self {
        Self {
            grace_until: self.grace_until.filter(|until| now < *until),
            ..self
        }
    }
}

/// The retention of the user's items, in a transaction of theirs.
///
/// # Errors
/// The database's; `NotFound` when there is no such user.
pub async fn retention(conn: &mut AsyncPgConnection, user: UserId) -> QueryResult<Retention> {
    let (plan, grace_until): (Plan, Option<DateTime<Utc>>) = users::table
        .find(user)
        .select((users::plan, users::retention_grace_until))
        .first(conn)
        .await?;
    Ok(Retention {
        days: plan.entitlements().retention_days,
        grace_until,
    })
}

/// Begins the grace period when `after` keeps items for a shorter time than `before`, and cancels it when `after` keeps
/// them for good.
pub(super) async fn change(work: &mut Work, before: Plan, after: Plan) -> QueryResult<()> {
    let (old, new) = (days(before), days(after));
    // Told already, and the notice runs.
    if old == new {
        return Ok(());
    }
    let user = work.user;
    let running = retention(work, user).await?.grace_until;
    let grace_until = match new {
        Some(_) if is_shorter(new, old) => Some(work.now + GRACE),
        // Longer than before, and yet perhaps shorter than when the notice was given.
        Some(_) => running,
        None => None,
    };
    diesel::update(users::table.find(user))
        .set(users::retention_grace_until.eq(grace_until))
        .execute(work)
        .await?;
    if let (Some(until), Some(days), true) = (grace_until, new, is_shorter(new, old)) {
        let notice = NewNotice {
            kind: NoticeKind::RetentionShortened,
            account: None,
            subject: None,
            details: json!({ "days": days, "until": until }),
            at: work.now,
        };
        notices::post(work, &notice).await?;
    }
    Ok(())
}

fn days(plan: Plan) -> Option<i32> {
    plan.entitlements().retention_days
}

/// True when `new` days are fewer than `old` ones; `None` is for good.
fn is_shorter(new: Option<i32>, old: Option<i32>) -> bool {
    match (new, old) {
        (Some(new), Some(old)) => new < old,
        (Some(_), None) => true,
        (None, _) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn for_good_is_longer_than_any_number_of_days() {
        assert!(is_shorter(Some(90), None));
        assert!(is_shorter(Some(30), Some(90)));
        assert!(!is_shorter(Some(90), Some(90)));
        assert!(!is_shorter(None, Some(90)));
        assert!(!is_shorter(None, None));
    }
}
