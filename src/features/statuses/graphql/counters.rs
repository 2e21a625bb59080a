use async_graphql::SimpleObject;

use super::super::counters::{LikeCount, LikeCounters, SkipCount};

/// Counts of an account's likes in the last days, by the days of the user's time zone.
#[derive(Debug, Clone, SimpleObject)]
pub struct AutoLikeCounters {
    /// Likes since midnight.
    today: AutoLikeCount,
    /// Likes of today and the six days before.
    last_seven_days: AutoLikeCount,
    /// Likes of today and the 29 days before.
    last_thirty_days: AutoLikeCount,
}

/// Counts of likes in one period, by outcome.
#[derive(Debug, Clone, SimpleObject)]
pub struct AutoLikeCount {
    /// Number of likes that WhatsApp accepted.
    liked: i64,
    /// Number of likes that WhatsApp refused or that could not be sent.
    rejected: i64,
    /// Number of statuses that were skipped.
    skipped: i64,
    /// Number of skipped statuses by reason, the highest first.
    skips: Vec<AutoLikeSkips>,
}

/// Number of statuses that were skipped for one reason.
#[derive(Debug, Clone, SimpleObject)]
pub struct AutoLikeSkips {
    /// Reason, as in `StatusLike.reason`.
    reason: String,
    /// Number of statuses.
    count: i64,
}

impl From<LikeCounters> for AutoLikeCounters {
    fn from(counters: LikeCounters) -> Self {
        let [today, last_seven_days, last_thirty_days] = counters.0.map(AutoLikeCount::from);
        Self {
            today,
            last_seven_days,
            last_thirty_days,
        }
    }
}

impl From<LikeCount> for AutoLikeCount {
    fn from(count: LikeCount) -> Self {
        Self {
            liked: count.liked,
            rejected: count.rejected,
            skipped: count.skips.iter().map(|skips| skips.count).sum(),
            skips: count.skips.into_iter().map(AutoLikeSkips::from).collect(),
        }
    }
}

impl From<SkipCount> for AutoLikeSkips {
    fn from(skips: SkipCount) -> Self {
        let SkipCount { reason, count } = skips;
        Self { reason, count }
    }
}
