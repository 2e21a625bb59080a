//! Reading of analytics, each in one unit of work.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use super::calendar::{Bucket, Calendar, Days, Range, Span};
use super::error::AnalyticsError;
use super::model::Counts;
use super::responses::Histogram;
use super::store;
use crate::counts::{self, Metric, Ranking};
use crate::features::Parts;
use crate::id::{AccountId, ContactId, UserId};
use crate::plan;
use crate::work::{Core, Work};

/// The analytics of a range of days.
#[derive(Debug, Clone)]
pub struct Report {
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

/// The counts of one day of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayCounts {
    /// The day in the user's time zone.
    pub day: NaiveDate,
    /// The span of the day.
    pub span: Span,
    /// The counts.
    pub counts: Counts,
}

/// Histograms of response times.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResponseReport {
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

    /// Counts the current day of `user`, for those of `accounts` that are the user's or for all of them. Needs no plan.
    ///
    /// # Errors
    /// [`AnalyticsError::Work`].
    pub async fn today(
        &self,
        user: UserId,
        accounts: Option<&[AccountId]>,
    ) -> Result<DayCounts, AnalyticsError> {
        let read = self.core.read(user, async |work| {
            let (zone, accounts) = scope(work, accounts).await?;
            let range = Days::Last(1).range(work.now, zone);
            let (from, to) = range.moments(zone);
            let days = counts::days(work, user, from.date_naive(), to.date_naive(), Some(&accounts)).await?;
            Ok::<_, AnalyticsError>((zone, range, days))
        });
        let (zone, range, days) = read.await?;
        let calendar = Calendar::new(range, Bucket::Day, zone)?;
        let mut today = Counts::default();
        for day in days {
            let within = |(slot, _): &(usize, &i32)| calendar.place(day.day, *slot).is_some();
            let counted = day.counts.iter().enumerate().filter(within);
            today[day.metric] += counted.map(|(_, count)| i64::from(*count)).sum::<i64>();
        }
        let (starts_at, ends_at) = range.moments(zone);
        Ok(DayCounts {
            day: range.to,
            span: Span { starts_at, ends_at },
            counts: today,
        })
    }

    /// Those of `accounts` that are not the user's.
    ///
    /// # Errors
    /// [`AnalyticsError::Work`].
    pub async fn find_unknown(
        &self,
        user: UserId,
        accounts: &[AccountId],
    ) -> Result<Vec<AccountId>, AnalyticsError> {
        self.core
            .read(user, async |work| {
                let own = store::accounts(work, user).await?;
                let unknown = accounts.iter().filter(|account| !own.contains(account));
                Ok(unknown.copied().collect())
            })
            .await
    }

    /// Checks that a report has no more buckets than are shown.
    ///
    /// # Errors
    /// [`AnalyticsError::Range`], [`AnalyticsError::Work`].
    pub async fn check_range(&self, user: UserId, days: Days, bucket: Bucket) -> Result<(), AnalyticsError> {
        self.core
            .read(user, async |work| {
                let zone = plan::zone(work, user).await?;
                Calendar::new(days.range(work.now, zone), bucket, zone)?;
                Ok(())
            })
            .await
    }

    /// Computes the analytics of those of `accounts` that are the user's, or of all accounts of `user`.
    ///
    /// # Errors
    /// [`AnalyticsError::NotIncluded`], [`AnalyticsError::Range`], [`AnalyticsError::Work`].
    pub async fn report(
        &self,
        user: UserId,
        days: Days,
        bucket: Bucket,
        accounts: Option<&[AccountId]>,
    ) -> Result<Report, AnalyticsError> {
        let read = self.core.read(user, async |work| {
            if !plan::entitlements(work, user).await?.has_analytics {
                return Err(AnalyticsError::NotIncluded);
            }
            let (zone, accounts) = scope(work, accounts).await?;
            let range = days.range(work.now, zone);
            let calendar = Calendar::new(range, bucket, zone)?;
            let before = Calendar::new(range.before(), Bucket::Month, zone)?;
            let from = range.before().moments(zone).0.date_naive();
            let to = range.moments(zone).1.date_naive();
            let days = counts::days(work, user, from, to, Some(&accounts)).await?;
            Ok((zone, accounts, range, calendar, before, days))
        });
        let (zone, accounts, range, calendar, before, days) = read.await?;
        let mut report = Report {
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
                    report.buckets[place.bucket].1[day.metric] += count;
                    report.totals[day.metric] += count;
                    if matches!(day.metric, Metric::MessagesReceived | Metric::MessagesSent) {
                        report.week[place.weekday][place.hour] += count;
                    }
                } else if before.place(day.day, slot).is_some() {
                    report.previous[day.metric] += count;
                }
            }
        }
        Ok(report)
    }

    /// The contacts with the highest counts of `metric`, highest first.
    ///
    /// # Errors
    /// [`AnalyticsError`].
    pub async fn top_contacts(
        &self,
        report: &Report,
        metric: Metric,
        first: i64,
    ) -> Result<Vec<(ContactId, i64)>, AnalyticsError> {
        let ranking = Ranking {
            metric,
            accounts: &report.accounts,
            from: report.range.from,
            to: report.range.to,
            limit: first,
        };
        self.core
            .read(report.user, async |work| {
                Ok(counts::totals_of_contacts(work, report.user, ranking).await?)
            })
            .await
    }

    /// The times that the owner took to answer.
    ///
    /// # Errors
    /// [`AnalyticsError`].
    pub async fn answered(&self, report: &Report) -> Result<ResponseReport, AnalyticsError> {
        let calendar = Calendar::new(report.range, report.bucket, report.zone)?;
        let from = report.range.before().from;
        let (user, to) = (report.user, report.range.to);
        let read = self.core.read(user, async |work| {
            let days = counts::responses(work, user, from, to, Some(&report.accounts)).await?;
            Ok::<_, AnalyticsError>(days)
        });
        let days = read.await?;
        let mut answered = ResponseReport::default();
        if report.bucket != Bucket::Hour {
            answered.buckets = vec![Histogram::default(); calendar.spans.len()];
        }
        for (day, counts) in days {
            if day < report.range.from {
                answered.previous.add(&counts);
                continue;
            }
            answered.now.add(&counts);
            let bucket = calendar.bucket_of(day, report.zone);
            if let Some(histogram) = bucket.and_then(|bucket| answered.buckets.get_mut(bucket)) {
                histogram.add(&counts);
            }
        }
        Ok(answered)
    }
}

/// Returns the user's time zone and the accounts to read: those of `wanted` that are the user's, or all.
async fn scope(
    work: &mut Work,
    wanted: Option<&[AccountId]>,
) -> Result<(Tz, Vec<AccountId>), AnalyticsError> {
    let user = work.user;
    let zone = plan::zone(work, user).await?;
    let own = store::accounts(work, user).await?;
    let is_wanted = |account: &AccountId| wanted.is_none_or(|wanted| wanted.contains(account));
    Ok((zone, own.into_iter().filter(is_wanted).collect()))
}
