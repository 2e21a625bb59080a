use async_graphql::SimpleObject;

use super::super::counters::{LikeCount, LikeCounters, SkipCount};

/// What became of an account's likes lately, by the days of the user's time zone.
#[derive(Debug, Clone, SimpleObject)]
pub struct AutoLikeCounters {
    /// Since midnight.
    today: AutoLikeCount,
    /// Today and the six days before.
    last_seven_days: AutoLikeCount,
    /// Today and the 29 days before.
    last_thirty_days: AutoLikeCount,
}

/// What became of the likes of some days.
#[derive(Debug, Clone, SimpleObject)]
pub struct AutoLikeCount {
    /// WhatsApp took them.
    liked: i64,
    /// WhatsApp refused them, or they could not be sent.
    rejected: i64,
    /// They were not to be sent.
    skipped: i64,
    /// The same by reason, the most first.
    skips: Vec<AutoLikeSkips>,
}

/// How many likes were not to be sent for one reason.
#[derive(Debug, Clone, SimpleObject)]
pub struct AutoLikeSkips {
    /// Why, as in `StatusLike.reason`.
    reason: String,
    /// How many.
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
