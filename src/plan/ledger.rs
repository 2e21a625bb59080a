//! The count of each month and the ledger behind it, changed together in the caller's transaction.
//!
//! The month's row is locked before anything is decided, so the last unit is given out once however many ask at the
//! same time; the second waits for the first one's transaction to end. Lock it late: spend just before the commit.
//!
//! Months only move forward: the count of a month goes on until the next one begins in the zone that the user has then,
//! whatever zones they had meanwhile. So a change of the zone brings no month twice, and skips none.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use thiserror::Error;
use uuid::Uuid;

use super::{Entitlements, Period, Plan};
use crate::db::KeepPrepared as _;
use crate::db::schema::{quota_periods, quota_uses, users};
use crate::id::UserId;
use crate::text_enum::text_enum;
use crate::work::Work;

text_enum! {
    /// A monthly quota.
    pub enum Quota {
        /// View-once messages whose content was kept.
        ViewOnceCaptures = "VIEW_ONCE_CAPTURES",
    }
}

impl Quota {
    /// The name of its units, for people: "the plan allows 3 …".
    pub const fn units(self) -> &'static str {
        match self {
            Self::ViewOnceCaptures => "view-once captures a month",
        }
    }

    /// The schema's type of the things that its units are spent on.
    pub const fn subject_type(self) -> &'static str {
        match self {
            Self::ViewOnceCaptures => "ViewOnceMessage",
        }
    }

    /// The cheapest plan that allows more than `limit`; none when no plan does.
    pub fn larger_plan(self, limit: i32) -> Option<Plan> {
        let allows_more = |plan: &Plan| {
            let its = self.limit(&plan.entitlements());
            its.is_none_or(|its| its > limit)
        };
        Plan::ALL.into_iter().find(allows_more)
    }

    const fn reason(self) -> &'static str {
        match self {
            Self::ViewOnceCaptures => "the content of a view-once message was captured",
        }
    }

    const fn limit(self, entitlements: &Entitlements) -> Option<i32> {
        match self {
            Self::ViewOnceCaptures => entitlements.max_view_once_captures_per_month,
        }
    }
}

/// A quota is used up until it starts again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the plan allows {limit} {} and {used} are used; it starts again at {resets_at}", .quota.units())]
pub struct QuotaExceeded {
    /// The quota.
    pub quota: Quota,
    /// The plan's limit.
    pub limit: i32,
    /// The number of used units.
    pub used: i32,
    /// The time at which the count starts again.
    pub resets_at: DateTime<Utc>,
}

/// Error of [`spend`].
#[derive(Debug, Error)]
pub enum QuotaError {
    /// It is used up.
    #[error(transparent)]
    Exceeded(#[from] QuotaExceeded),
    /// The database failed.
    #[error("the quota cannot be counted")]
    Query(#[from] diesel::result::Error),
}

/// The use of a quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// The quota.
    pub quota: Quota,
    /// The plan's limit; `None` means without limit.
    pub limit: Option<i32>,
    /// The number of used units.
    pub used: i32,
    /// The time at which the count starts again.
    pub resets_at: DateTime<Utc>,
}

impl Usage {
    /// Fails when no unit is left.
    ///
    /// # Errors
    /// [`QuotaExceeded`].
    pub fn require_one(&self) -> Result<(), QuotaExceeded> {
        match self.limit {
            Some(limit) if self.used >= limit => Err(QuotaExceeded {
                quota: self.quota,
                limit,
                used: self.used,
                resets_at: self.resets_at,
            }),
            Some(_) | None => Ok(()),
        }
    }
}

/// Spends one unit on the row `subject`, with the change that earned it: both become durable or neither. A subject
/// that was paid for already costs nothing more, and is taken even when the quota is used up.
///
/// # Errors
/// [`QuotaError::Exceeded`]; then nothing was written but the month's empty count.
pub async fn spend(work: &mut Work, quota: Quota, subject: impl Into<Uuid>) -> Result<(), QuotaError> {
    let (user, now, subject) = (work.user, work.now, subject.into());
    let terms = Terms::load(work, user, now).await?;
    let usage = terms.usage(quota, lock(work, quota, terms.period).await?);
    if is_paid(work, quota, subject).await? {
        return Ok(());
    }
    usage.require_one()?;
    let entry = (
        quota_uses::id.eq(work.ids.next::<Uuid>()),
        quota_uses::user_id.eq(user),
        quota_uses::quota.eq(quota),
        quota_uses::period_start.eq(terms.period.start),
        quota_uses::subject_id.eq(subject),
        quota_uses::reason.eq(quota.reason()),
        quota_uses::created_at.eq(now),
    );
    // The lock is the month's; around its end the same subject may be paid for in the other one at this moment.
    let spent = diesel::insert_into(quota_uses::table)
        .values(entry)
        .on_conflict_do_nothing()
        .execute(work)
        .await?;
    if spent == 1 {
        count(work, quota, terms.period.start, 1).await?;
    }
    Ok(())
}

/// Gives the unit that was spent on `subject` back to the month it was taken from: what it paid for came to nothing.
/// Does nothing when none is spent on it.
///
/// # Errors
/// The database's.
pub async fn refund(work: &mut Work, quota: Quota, subject: impl Into<Uuid>) -> QueryResult<()> {
    let now = work.now;
    let taken_from: Option<NaiveDate> = diesel::update(live_uses(quota, subject.into()))
        .set(quota_uses::refunded_at.eq(now))
        .returning(quota_uses::period_start)
        .keep_prepared()
        .get_result(work)
        .await
        .optional()?;
    match taken_from {
        Some(period_start) => count(work, quota, period_start, -1).await,
        None => Ok(()),
    }
}

/// The use of each quota by `user` this month, in a transaction of theirs.
///
/// # Errors
/// The database's.
pub async fn usage(
    conn: &mut AsyncPgConnection,
    user: UserId,
    now: DateTime<Utc>,
) -> QueryResult<Vec<Usage>> {
    let terms = Terms::load(conn, user, now).await?;
    let counts: Vec<(Quota, i32)> = quota_periods::table
        .filter(quota_periods::user_id.eq(user))
        .filter(quota_periods::period_start.eq(terms.period.start))
        .select((quota_periods::quota, quota_periods::used))
        .load(conn)
        .await?;
    let counted = |quota: Quota| {
        counts
            .iter()
            .find(|(counted, _)| *counted == quota)
            .map_or(0, |(_, used)| *used)
    };
    Ok(Quota::ALL
        .into_iter()
        .map(|quota| terms.usage(quota, counted(quota)))
        .collect())
}

/// The plan, time zone and month that the user's count goes by.
struct Terms {
    entitlements: Entitlements,
    zone: Tz,
    period: Period,
}

impl Terms {
    async fn load(conn: &mut AsyncPgConnection, user: UserId, now: DateTime<Utc>) -> QueryResult<Self> {
        let (plan, zone): (Plan, String) = users::table
            .find(user)
            .select((users::plan, users::time_zone))
            .first(conn)
            .await?;
        // A zone that a later time zone database no longer knows.
        let zone = zone.parse().unwrap_or(Tz::UTC);
        let counted: Option<NaiveDate> = quota_periods::table
            .filter(quota_periods::user_id.eq(user))
            .select(diesel::dsl::max(quota_periods::period_start))
            .first(conn)
            .await?;
        let calendar = Period::at(now, zone);
        Ok(Self {
            entitlements: plan.entitlements(),
            zone,
            // A month that began counts on when the user moves to a zone where it has not begun.
            period: counted.map_or(calendar, |start| calendar.max(Period { start })),
        })
    }

    fn usage(&self, quota: Quota, used: i32) -> Usage {
        Usage {
            quota,
            limit: quota.limit(&self.entitlements),
            used,
            resets_at: self.period.resets_at(self.zone),
        }
    }
}

/// Locks the month's count until the transaction ends, creating its row when there is none; returns the count.
async fn lock(work: &mut Work, quota: Quota, period: Period) -> QueryResult<i32> {
    diesel::insert_into(quota_periods::table)
        .values((
            quota_periods::user_id.eq(work.user),
            quota_periods::quota.eq(quota),
            quota_periods::period_start.eq(period.start),
            quota_periods::used.eq(0),
        ))
        .on_conflict_do_nothing()
        .execute(work)
        .await?;
    quota_periods::table
        .find((work.user, quota, period.start))
        .select(quota_periods::used)
        .for_update()
        .first(work)
        .await
}

async fn is_paid(conn: &mut AsyncPgConnection, quota: Quota, subject: Uuid) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(live_uses(quota, subject)))
        .get_result(conn)
        .await
}

async fn count(work: &mut Work, quota: Quota, period_start: NaiveDate, by: i32) -> QueryResult<()> {
    diesel::update(quota_periods::table.find((work.user, quota, period_start)))
        .set(quota_periods::used.eq(quota_periods::used + by))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}

/// The ledger's row of `subject`, unless it was refunded. Row-level security confines it to the user's.
#[diesel::dsl::auto_type(no_type_alias)]
fn live_uses(quota: Quota, subject: Uuid) -> _ {
    quota_uses::table
        .filter(quota_uses::quota.eq(quota))
        .filter(quota_uses::subject_id.eq(subject))
        .filter(quota_uses::refunded_at.is_null())
}
