//! Reading of analytics, each in one unit of work.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use thiserror::Error;

use super::calendar::{Bucket, Calendar, Range, RangeError, Span};
use super::model::Counts;
use super::responses::Histogram;
use super::store;
use crate::counts::{self, Metric, Ranking};
use crate::features::Parts;
use crate::id::{AccountId, ContactId, UserId};
use crate::plan;
use crate::work::{Core, Work, WorkError};

/// Error of reading analytics.
#[derive(Debug, Error)]
pub enum AnalyticsError {
    /// The plan does not include analytics.
    #[error("analytics need the Premium plan")]
    NotIncluded,
    /// An account does not exist or belongs to another user.
    #[error("there is no such account")]
    UnknownAccount,
    /// The range is invalid.
    #[error(transparent)]
    Range(#[from] RangeError),
    /// The database or the user's key failed.
    #[error(transparent)]
    Work(#[from] WorkError),
}

impl From<diesel::result::Error> for AnalyticsError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}

/// The analytics of a range of days.
#[derive(Debug, Clone)]
pub struct Looked {
    /// The user.
    pub user: UserId,
    /// The user's time zone.
    pub zone: Tz,
    /// The days.
    pub range: Range,
    /// The length of a bucket.
    pub bucket: Bucket,
    /// The accounts.
    pub accounts: Vec<AccountId>,
    /// Each bucket with its counts, empty ones included.
    pub buckets: Vec<(Span, Counts)>,
    /// The counts of the whole range.
    pub totals: Counts,
    /// The counts of the same number of days directly before the range.
    pub previous: Counts,
    /// Messages received and sent by weekday, from Monday, and hour of the day.
    pub week: [[i64; 24]; 7],
}

/// Histograms of response times.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answered {
    /// The response times in the range.
    pub now: Histogram,
    /// The response times in the same number of days directly before the range.
    pub previous: Histogram,
    /// The response times in each bucket; empty when buckets are hours, because answers are counted by day.
    pub buckets: Vec<Histogram>,
}

/// Reads analytics. Cheap to clone.
#[derive(Debug, Clone)]
pub struct AnalyticsService {
    core: Core,
}

impl From<&Parts> for AnalyticsService {
    fn from(parts: &Parts) -> Self {
        Self::new(parts.core.clone())
    }
}

impl AnalyticsService {
    /// Creates a service on `core`.
    pub const fn new(core: Core) -> Self {
        Self { core }
    }

    /// The current time.
    pub fn now(&self) -> DateTime<Utc> {
        self.core.clock.now()
    }

    /// Computes the analytics of `accounts`, or of all accounts of `user`.
    ///
    /// # Errors
    /// [`AnalyticsError`].
    pub async fn look(
        &self,
        user: UserId,
        range: Range,
        bucket: Bucket,
        accounts: Option<&[AccountId]>,
    ) -> Result<Looked, AnalyticsError> {
        let mut work = self.core.begin(user).await?;
        let (zone, accounts) = require(&mut work, accounts).await?;
        let calendar = Calendar::new(range, bucket, zone)?;
        let before = Calendar::new(range.before(), Bucket::Month, zone)?;
        let from = range.before().moments(zone).0.date_naive();
        let to = range.moments(zone).1.date_naive();
        let days = counts::days(&mut work, user, from, to, Some(&accounts)).await?;
        work.commit().await?;
        let mut looked = Looked {
            user,
            zone,
            range,
            bucket,
            accounts,
            buckets: calendar
                .spans
                .iter()
                .map(|span| (*span, Counts::default()))
                .collect(),
            totals: Counts::default(),
            previous: Counts::default(),
            week: [[0; 24]; 7],
        };
        for day in days {
            for (slot, count) in day.counts.iter().enumerate().filter(|(_, count)| **count != 0) {
                let count = i64::from(*count);
                if let Some(place) = calendar.place(day.day, slot) {
                    looked.buckets[place.bucket].1[day.metric] += count;
                    looked.totals[day.metric] += count;
                    if matches!(day.metric, Metric::MessagesReceived | Metric::MessagesSent) {
                        looked.week[place.weekday][place.hour] += count;
                    }
                } else if before.place(day.day, slot).is_some() {
                    looked.previous[day.metric] += count;
                }
            }
        }
        Ok(looked)
    }

    /// The contacts with the highest counts of `metric`, highest first.
    ///
    /// # Errors
    /// [`AnalyticsError`].
    pub async fn top_contacts(
        &self,
        looked: &Looked,
        metric: Metric,
        first: i64,
    ) -> Result<Vec<(ContactId, i64)>, AnalyticsError> {
        let mut work = self.core.begin(looked.user).await?;
        let ranking = Ranking {
            metric,
            accounts: &looked.accounts,
            from: looked.range.from,
            to: looked.range.to,
            limit: first,
        };
        let top = counts::totals_of_contacts(&mut work, looked.user, ranking).await?;
        work.commit().await?;
        Ok(top)
    }

    /// The times that the owner took to answer.
    ///
    /// # Errors
    /// [`AnalyticsError`].
    pub async fn answered(&self, looked: &Looked) -> Result<Answered, AnalyticsError> {
        let calendar = Calendar::new(looked.range, looked.bucket, looked.zone)?;
        let from = looked.range.before().from;
        let mut work = self.core.begin(looked.user).await?;
        let (user, to) = (looked.user, looked.range.to);
        let days = counts::responses(&mut work, user, from, to, Some(&looked.accounts)).await?;
        work.commit().await?;
        let mut answered = Answered::default();
        if looked.bucket != Bucket::Hour {
            answered.buckets = vec![Histogram::default(); calendar.spans.len()];
        }
        for (day, counts) in days {
            if day < looked.range.from {
                answered.previous.add(&counts);
                continue;
            }
            answered.now.add(&counts);
            let bucket = calendar.bucket_of(day, looked.zone);
            if let Some(histogram) = bucket.and_then(|bucket| answered.buckets.get_mut(bucket)) {
                histogram.add(&counts);
            }
        }
        Ok(answered)
    }
}

/// Checks the plan, and returns the user's time zone and the accounts to read.
async fn require(
    work: &mut Work,
    wanted: Option<&[AccountId]>,
) -> Result<(Tz, Vec<AccountId>), AnalyticsError> {
    let user = work.user;
    if !plan::entitlements(work, user).await?.has_analytics {
        return Err(AnalyticsError::NotIncluded);
    }
    let zone = plan::zone(work, user).await?;
    let own = store::accounts(work, user).await?;
    let accounts = match wanted {
        None => own,
        Some(wanted) if wanted.iter().all(|account| own.contains(account)) => wanted.to_vec(),
        Some(_) => return Err(AnalyticsError::UnknownAccount),
    };
    Ok((zone, accounts))
}
