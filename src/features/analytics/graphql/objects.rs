use async_graphql::{Context, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use futures::future::try_join_all;

use super::failed;
use super::today::chosen;
use crate::counts::Metric;
use crate::features::analytics::calendar::{Bucket, Span};
use crate::features::analytics::model::change;
use crate::features::analytics::responses::Histogram;
use crate::features::analytics::service::{AnalyticsService, Report};
use crate::features::schema::{Contact, Weekday};
use crate::graphql::{Date, Entity, TimeZone, bad_argument};

/// Maximum number of contacts that are listed.
const MAX_CONTACTS: i32 = 100;

/// Part of the range: an hour, day, week or month.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub struct AnalyticsBucket {
    /// Start of the bucket, not before the start of the range.
    starts_at: DateTime<Utc>,
    /// End of the bucket, exclusive, not after the end of the range.
    ends_at: DateTime<Utc>,
}

impl From<Span> for AnalyticsBucket {
    fn from(span: Span) -> Self {
        Self {
            starts_at: span.starts_at,
            ends_at: span.ends_at,
        }
    }
}

/// Counts of one metric in the range, compared with the same number of days directly before the range.
#[derive(Debug, Clone, SimpleObject)]
pub struct AnalyticsSeries {
    /// Metric that was counted.
    metric: Metric,
    /// Count in the range.
    total: i64,
    /// Count in the same number of days directly before the range.
    previous_total: i64,
    /// Relative change from `previousTotal` to `total`: 0.5 is +50 %, -1 is -100 %. Null when `previousTotal` is 0.
    change: Option<f64>,
    /// Count in each bucket, in the order of `buckets`.
    counts: Vec<i64>,
}

/// Times that the owner took to answer in direct chats, from the first unanswered message to the owner's next message.
/// Automatic replies are not answers, and an answer after more than a week is not counted. The times are estimated from a
/// histogram, more exactly the shorter they are.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub struct ResponseTimes {
    /// Number of answers.
    answers: i64,
    /// Median time to answer, in seconds; null when there were no answers.
    median_seconds: Option<f64>,
    /// Time within which 90 % of the answers came, in seconds; null when there were no answers.
    p90_seconds: Option<f64>,
}

impl From<&Histogram> for ResponseTimes {
    fn from(histogram: &Histogram) -> Self {
        Self {
            answers: histogram.answers(),
            median_seconds: histogram.quantile(0.5),
            p90_seconds: histogram.quantile(0.9),
        }
    }
}

/// Response times in the range and in the period before.
#[derive(Debug, Clone, SimpleObject)]
pub struct ResponseTimesReport {
    /// Response times in the range.
    overall: ResponseTimes,
    /// Response times in the same number of days directly before the range.
    previous: ResponseTimes,
    /// Response times in each bucket, in the order of `buckets`; empty when buckets are hours, because answers are
    /// counted by day.
    by_bucket: Vec<ResponseTimes>,
}

/// Messages in one hour of the week.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub struct WeekdayHour {
    /// Day of the week.
    weekday: Weekday,
    /// Hour of the day in the viewer's time zone, 0 to 23.
    hour: usize,
    /// Number of messages received and sent in this hour, over all weeks of the range.
    messages: i64,
}

/// A contact with the count of a metric.
#[derive(Debug, Clone, SimpleObject)]
pub struct ContactCount {
    /// The contact.
    contact: Contact,
    /// Count of the metric in the range.
    count: i64,
}

/// Analytics of a range of days.
pub struct Analytics(pub(super) Report);

/// Analytics of a range of days.
#[Object]
impl Analytics {
    /// First day of the range, in the viewer's time zone.
    async fn from(&self) -> Date {
        Date(self.0.range.from)
    }

    /// Last day of the range, inclusive, in the viewer's time zone.
    async fn to(&self) -> Date {
        Date(self.0.range.to)
    }

    /// The viewer's time zone, which divides the range into buckets.
    async fn time_zone(&self) -> TimeZone {
        TimeZone(self.0.zone.name().to_owned())
    }

    /// Length of a bucket.
    async fn bucket(&self) -> Bucket {
        self.0.bucket
    }

    /// Buckets of the range, in order and without gaps.
    async fn buckets(&self) -> Vec<AnalyticsBucket> {
        let spans = self.0.buckets.iter().map(|(span, _)| *span);
        spans.map(AnalyticsBucket::from).collect()
    }

    /// Counts of each metric, metrics without a count included.
    async fn series(
        &self,
        #[graphql(desc = "Only these metrics, none for an empty list; all metrics when absent.")]
        metrics: Option<Vec<Metric>>,
    ) -> Vec<AnalyticsSeries> {
        let report = &self.0;
        chosen(metrics.as_deref())
            .map(|metric| AnalyticsSeries {
                metric,
                total: report.totals[metric],
                previous_total: report.previous[metric],
                change: change(report.totals[metric], report.previous[metric]),
                counts: report.buckets.iter().map(|(_, counts)| counts[metric]).collect(),
            })
            .collect()
    }

    /// Contacts with the highest counts of a metric, highest first. A person with a phone number and a LID is one
    /// contact. Null only when an argument is wrong.
    async fn top_contacts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The metric. Messages sent are not counted by contact.")] by: Metric,
        #[graphql(desc = "Number of contacts, 1 to 100.", default = 10)] first: i32,
    ) -> Result<Option<Vec<ContactCount>>> {
        if !(1..=MAX_CONTACTS).contains(&first) {
            return Err(bad_argument(
                &["first"],
                format!("pass 1 to {MAX_CONTACTS}, not {first}"),
            ));
        }
        let service = ctx.data_unchecked::<AnalyticsService>();
        let top = service.top_contacts(&self.0, by, first.into()).await;
        let top = top.map_err(|e| failed(ctx, e))?;
        let counted = top.into_iter().map(async |(id, count)| {
            let contact = Contact::load(ctx, id).await?;
            Ok(ContactCount { contact, count })
        });
        try_join_all(counted).await.map(Some)
    }

    /// Times that the owner took to answer in direct chats.
    async fn response_times(&self, ctx: &Context<'_>) -> Result<ResponseTimesReport> {
        let service = ctx.data_unchecked::<AnalyticsService>();
        let answered = service.answered(&self.0).await.map_err(|e| failed(ctx, e))?;
        Ok(ResponseTimesReport {
            overall: (&answered.now).into(),
            previous: (&answered.previous).into(),
            by_bucket: answered.buckets.iter().map(ResponseTimes::from).collect(),
        })
    }

    /// Messages in every hour of the week, from Monday 0:00 on: 168 hours.
    async fn busiest_hours(&self) -> Vec<WeekdayHour> {
        let hours = |(weekday, hours): (Weekday, &[i64; 24])| {
            let of_hour = move |(hour, messages): (usize, &i64)| WeekdayHour {
                weekday,
                hour,
                messages: *messages,
            };
            hours.iter().enumerate().map(of_hour).collect::<Vec<_>>()
        };
        Weekday::ALL
            .into_iter()
            .zip(&self.0.week)
            .flat_map(hours)
            .collect()
    }
}
