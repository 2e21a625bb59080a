use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;

use crate::features::FEATURES;
use crate::id::UserId;
use crate::plan::{self, Limit, Quota, Usage};

/// Limit of a plan that counts things. New limits may be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum QuotaCode {
    /// WhatsApp accounts that are linked, or are being linked.
    LinkedAccounts,
    /// Statuses that wait to be published.
    ScheduledStatuses,
    /// View-once messages that were captured in the current calendar month of the user's time zone.
    ViewOnceCaptures,
}

impl From<Limit> for QuotaCode {
    fn from(limit: Limit) -> Self {
        match limit {
            Limit::LinkedAccounts => Self::LinkedAccounts,
            Limit::ScheduledStatuses => Self::ScheduledStatuses,
        }
    }
}

impl From<Quota> for QuotaCode {
    fn from(quota: Quota) -> Self {
        match quota {
            Quota::ViewOnceCaptures => Self::ViewOnceCaptures,
        }
    }
}

/// Use of a limit of the plan.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub struct QuotaUsage {
    /// Limit that is used.
    quota: QuotaCode,
    /// Limit of the plan; null when there is none.
    limit: Option<i32>,
    /// Number in use. More than `limit` after a change to a smaller plan.
    used: i32,
    /// Time at which `used` starts again at 0; null when it goes down only as things are removed or end.
    resets_at: Option<DateTime<Utc>>,
}

impl From<Usage> for QuotaUsage {
    fn from(usage: Usage) -> Self {
        Self {
            quota: usage.quota.into(),
            limit: usage.limit,
            used: usage.used,
            resets_at: Some(usage.resets_at),
        }
    }
}

/// The use of each limit by `user`, in a transaction of theirs.
pub(super) async fn load(
    conn: &mut AsyncPgConnection,
    user: UserId,
    now: DateTime<Utc>,
) -> QueryResult<Vec<QuotaUsage>> {
    let entitlements = plan::entitlements(conn, user).await?;
    let mut usages = Vec::new();
    for feature in FEATURES {
        if let Some((limit, used)) = feature.limited(conn, user).await? {
            usages.push(QuotaUsage {
                quota: limit.into(),
                limit: Some(limit.of(&entitlements)),
                used: i32::try_from(used).unwrap_or(i32::MAX),
                resets_at: None,
            });
        }
    }
    let monthly = plan::usage(conn, user, now).await?;
    usages.extend(monthly.into_iter().map(QuotaUsage::from));
    Ok(usages)
}
