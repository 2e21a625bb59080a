//! Plans: their limits, and the use of their quotas. Every feature may use this module.
//!
//! The limits of the whole product are one table, [`Entitlements::of`]. What may exist at once (accounts, planned
//! statuses, stored bytes) the feature that owns it counts; what may happen in a month is spent here ([`spend`]), by
//! success only and with a row in the ledger for each unit.
//!
//! Nothing here knows of payments. A user's plan is the greater of what the operator granted ([`set`]) and what the user
//! bought, which the code that sells plans sets ([`set_bought`]); neither takes from the other. What a plan keeps and for how long is
//! its [`Retention`]; `crate::retention` removes the rest.

mod entitlements;
mod granted;
mod ledger;
mod limit;
mod period;
mod present;
mod retention;

use std::fmt::{self, Display};
use std::str::FromStr;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use thiserror::Error;

use crate::db::schema::users;
use crate::hub::EventKind;
use crate::id::UserId;
use crate::text_enum::text_enum;
use crate::work::Work;

pub use entitlements::Entitlements;
pub use granted::granted;
pub use ledger::{Quota, QuotaError, QuotaExceeded, Usage, refund, spend, usage};
pub use limit::Limit;
pub use period::Period;
pub use present::{present_entitlements, present_zone};
pub use retention::{GRACE, Retention, retention};

text_enum! {
    /// Code of a plan, the cheapest first. New plans may be added.
    #[derive(async_graphql::Enum)]
    #[graphql(name = "PlanCode")]
    pub enum Plan {
        /// The plan that costs nothing.
        Free = "FREE",
        /// The plan with every feature.
        Premium = "PREMIUM",
    }
}

impl Plan {
    /// Its limits and features.
    pub const fn entitlements(self) -> Entitlements {
        Entitlements::of(self)
    }
}

/// The cheapest plan whose storage for media is larger than `limit_bytes`; none when no plan's is.
pub fn larger_storage(limit_bytes: i64) -> Option<Plan> {
    Plan::ALL
        .into_iter()
        .find(|plan| plan.entitlements().max_media_bytes > limit_bytes)
}

/// A text that names no plan.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("'{0}' is not a plan; the plans are free and premium")]
pub struct UnknownPlan(String);

impl FromStr for Plan {
    type Err = UnknownPlan;

    fn from_str(text: &str) -> Result<Self, UnknownPlan> {
        let named = |plan: &Self| plan.as_str().eq_ignore_ascii_case(text);
        Self::ALL
            .into_iter()
            .find(named)
            .ok_or_else(|| UnknownPlan(text.to_owned()))
    }
}

impl Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.as_str().to_ascii_lowercase())
    }
}

/// The plan of `user`, in a transaction of theirs.
///
/// # Errors
/// The database's; `NotFound` when there is no such user.
pub async fn of(conn: &mut AsyncPgConnection, user: UserId) -> QueryResult<Plan> {
    users::table.find(user).select(users::plan).first(conn).await
}

/// The limits and features of the plan of `user`, in a transaction of theirs.
///
/// # Errors
/// As [`of`].
pub async fn entitlements(conn: &mut AsyncPgConnection, user: UserId) -> QueryResult<Entitlements> {
    of(conn, user).await.map(Plan::entitlements)
}

/// Grants the user of `work` the plan `plan`. Premium that they bought stays. The new limits hold for later actions; what
/// exists stays. When the new plan keeps items for a shorter time, older items are removed after [`GRACE`], and the user is
/// notified of it. A change to a plan that keeps items for good cancels that.
///
/// # Errors
/// The database's; `NotFound` when there is no such user.
pub async fn set(work: &mut Work, plan: Plan) -> QueryResult<()> {
    let present = Sources::lock(work).await?;
    let sources = Sources {
        granted: plan,
        ..present
    };
    change(work, present, sources).await
}

/// As [`set`], with what the user bought; [`Plan::Free`] when they have nothing bought any more. What was granted stays.
///
/// # Errors
/// As [`set`].
pub async fn set_bought(work: &mut Work, plan: Plan) -> QueryResult<()> {
    let present = Sources::lock(work).await?;
    let sources = Sources {
        bought: plan,
        ..present
    };
    change(work, present, sources).await
}

/// What a user's plan comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
struct Sources {
    /// The plan that holds.
    plan: Plan,
    granted: Plan,
    bought: Plan,
}

impl Sources {
    /// Those of the user of `work`, who is locked.
    async fn lock(work: &mut Work) -> QueryResult<Self> {
        users::table
            .find(work.user)
            .select((users::plan, users::granted_plan, users::bought_plan))
            .for_no_key_update()
            .first(work)
            .await
    }
}

async fn change(work: &mut Work, before: Sources, after: Sources) -> QueryResult<()> {
    let user = work.user;
    let plan = after.granted.max(after.bought);
    if before == (Sources { plan, ..after }) {
        return Ok(());
    }
    work.memo::<UserId, Plan>().clear();
    diesel::update(users::table.find(user))
        .set((
            users::plan.eq(plan),
            users::granted_plan.eq(after.granted),
            users::bought_plan.eq(after.bought),
        ))
        .execute(work)
        .await?;
    if before.plan == plan {
        return Ok(());
    }
    work.emit(EventKind::PlanChanged, None, user);
    retention::change(work, before.plan, plan).await
}

/// The calendar month that it is for the user of the transaction at `now`. Quotas are counted by months that only move
/// forward: see [`usage`].
///
/// # Errors
/// As [`of`].
pub async fn period(conn: &mut AsyncPgConnection, user: UserId, now: DateTime<Utc>) -> QueryResult<Period> {
    Ok(Period::at(now, zone(conn, user).await?))
}

/// The time zone of `user`, in a transaction of theirs: UTC for one that a later time zone database no longer knows.
///
/// # Errors
/// As [`of`].
pub async fn zone(conn: &mut AsyncPgConnection, user: UserId) -> QueryResult<Tz> {
    let name: String = users::table
        .find(user)
        .select(users::time_zone)
        .first(conn)
        .await?;
    Ok(name.parse().unwrap_or(Tz::UTC))
}
