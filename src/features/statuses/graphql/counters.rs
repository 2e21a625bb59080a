use async_graphql::SimpleObject;

use super::super::auto_like::SkipReason;
use super::super::store::counters::{LikeCount, LikeCounters, SkipCount};

/// Numbers of an account's likes in the last days, by the days of the user's time zone.
#[derive(Debug, Clone, SimpleObject)]
pub struct AutoLikeCounters {
    /// Likes decided on since midnight.
    today: AutoLikeCount,
    /// Likes decided on today and on the six days before.
    last_seven_days: AutoLikeCount,
    /// Likes decided on today and on the 29 days before.
    last_thirty_days: AutoLikeCount,
}

/// Numbers of likes in one period, by result. Likes that wait for an answer are in none.
#[derive(Debug, Clone, SimpleObject)]
pub struct AutoLikeCount {
    /// Number of likes that WhatsApp accepted.
    liked: i64,
    /// Number of likes that WhatsApp refused.
    rejected: i64,
    /// Number of likes that could not be sent.
    failed: i64,
    /// Number of statuses that were skipped.
    skipped: i64,
    /// Numbers of skipped statuses by reason, the highest first.
    skips: Vec<AutoLikeSkipCount>,
}

/// Number of statuses that were skipped for one reason.
#[derive(Debug, Clone, SimpleObject)]
pub struct AutoLikeSkipCount {
    /// Reason for which the statuses were skipped.
    skip_reason: SkipReason,
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
            failed: count.failed,
            skipped: count.skips.iter().map(|skips| skips.count).sum(),
            skips: count.skips.into_iter().map(AutoLikeSkipCount::from).collect(),
        }
    }
}

impl From<SkipCount> for AutoLikeSkipCount {
    fn from(skips: SkipCount) -> Self {
        let SkipCount { reason, count } = skips;
        Self {
            skip_reason: reason,
            count,
        }
    }
}
