//! Analytics in the GraphQL schema.

use async_graphql::{Context, Error, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use futures::future::try_join_all;

use super::calendar::{Bucket, Range, Span};
use super::error::AnalyticsError;
use super::export::Export;
use super::model::{Counts, change};
use super::responses::Histogram;
use super::service::{AnalyticsService, Report};
use crate::counts::Metric;
use crate::features::schema::Contact;
use crate::graphql::{
    Date, Entity, Link, UserError, bad_input, internal, not_found, parse_ids, premium_required, viewer,
};
use crate::id::{AccountId, UserId};
use crate::media::Links;

/// Maximum number of contacts that are listed.
const MAX_CONTACTS: i32 = 100;

/// A range of whole days in the viewer's time zone.
#[derive(Debug, Clone, Copy, InputObject)]
pub struct DateRange {
    /// The first day.
    from: Date,
    /// The last day, inclusive.
    to: Date,
}

/// Counts of each metric.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub struct AnalyticsCounts {
    /// Messages that contacts wrote, to the owner or in groups.
    messages_received: i64,
    /// Messages that the owner wrote.
    messages_sent: i64,
    /// Statuses that were liked.
    likes: i64,
    /// View-once messages that were captured.
    captures: i64,
    /// Messages that their senders deleted.
    deletions: i64,
    /// Edits of messages.
    edits: i64,
    /// Automatic replies.
    auto_replies: i64,
    /// Contacts who viewed a status of the owner, each counted once per status.
    status_views: i64,
}

impl From<Counts> for AnalyticsCounts {
    fn from(counts: Counts) -> Self {
        Self {
            messages_received: counts[Metric::MessagesReceived],
            messages_sent: counts[Metric::MessagesSent],
            likes: counts[Metric::Likes],
            captures: counts[Metric::Captures],
            deletions: counts[Metric::Deletions],
            edits: counts[Metric::Edits],
            auto_replies: counts[Metric::AutoReplies],
            status_views: counts[Metric::StatusViews],
        }
    }
}

/// The counts of one bucket of time.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub struct AnalyticsBucket {
    /// The start of the bucket within the range.
    starts_at: DateTime<Utc>,
    /// The end of the bucket, exclusive.
    ends_at: DateTime<Utc>,
    /// The counts of the bucket.
    counts: AnalyticsCounts,
}

impl From<(Span, Counts)> for AnalyticsBucket {
    fn from((span, counts): (Span, Counts)) -> Self {
        Self {
            starts_at: span.starts_at,
            ends_at: span.ends_at,
            counts: counts.into(),
        }
    }
}

/// A metric compared with the period before.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub struct AnalyticsChange {
    /// The metric.
    metric: Metric,
    /// The count in the range.
    total: i64,
    /// The count in the same number of days directly before the range.
    previous_total: i64,
    /// The relative change: 0.5 is half as much again, -1 is nothing left. Null when the count before was zero.
    change: Option<f64>,
}

/// The times that the owner took to answer in direct chats, from the first unanswered message to the owner's next
/// message. Automatic replies are not answers, and an answer after more than a week is not counted. The times are
/// estimated from a histogram whose spans are finer the shorter they are.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub struct ResponseTimes {
    /// Number of answers.
    answers: i64,
    /// The median time to answer, in seconds; null when there were no answers.
    median_seconds: Option<f64>,
    /// The time within which nine of ten answers came, in seconds; null when there were no answers.
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
    /// The response times in the range.
    overall: ResponseTimes,
    /// The response times in the same number of days directly before the range.
    previous: ResponseTimes,
    /// The response times in each bucket, in the order of `buckets`; empty when buckets are hours, because answers
    /// are counted by day.
    by_bucket: Vec<ResponseTimes>,
}

/// An hour of the week.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub struct WeekdayHour {
    /// The day of the week: 1 is Monday, 7 is Sunday.
    weekday: usize,
    /// The hour of the day in the viewer's time zone, 0 to 23.
    hour: usize,
    /// Number of messages received and sent in this hour, over all weeks of the range.
    messages: i64,
}

/// A contact and the count of a metric.
#[derive(Debug, Clone, SimpleObject)]
pub struct ContactCount {
    /// The contact.
    contact: Contact,
    /// The count.
    count: i64,
}

/// The analytics of a range of days.
pub struct Analytics(Report);

/// The analytics of a range of days.
#[Object]
impl Analytics {
    /// The first day.
    async fn from(&self) -> Date {
        Date(self.0.range.from)
    }

    /// The last day, inclusive.
    async fn to(&self) -> Date {
        Date(self.0.range.to)
    }

    /// The viewer's time zone, which divides the range into buckets.
    async fn time_zone(&self) -> &str {
        self.0.zone.name()
    }

    /// The length of a bucket.
    async fn bucket(&self) -> Bucket {
        self.0.bucket
    }

    /// The buckets of the range, in order, empty ones included.
    async fn buckets(&self) -> Vec<AnalyticsBucket> {
        self.0
            .buckets
            .iter()
            .copied()
            .map(AnalyticsBucket::from)
            .collect()
    }

    /// The counts of the whole range.
    async fn totals(&self) -> AnalyticsCounts {
        self.0.totals.into()
    }

    /// The counts of the same number of days directly before the range.
    async fn previous_totals(&self) -> AnalyticsCounts {
        self.0.previous.into()
    }

    /// Every metric compared with the same number of days directly before the range.
    async fn changes(&self) -> Vec<AnalyticsChange> {
        let (totals, previous) = (&self.0.totals, &self.0.previous);
        let compare = |metric| AnalyticsChange {
            metric,
            total: totals[metric],
            previous_total: previous[metric],
            change: change(totals[metric], previous[metric]),
        };
        Metric::ALL.into_iter().map(compare).collect()
    }

    /// The contacts with the highest counts of a metric, highest first. A person with a phone number and a LID is one
    /// contact.
    async fn top_contacts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The metric. Messages sent are not counted by contact.")] by: Metric,
        #[graphql(desc = "Number of contacts, 1 to 100.", default = 10)] first: i32,
    ) -> Result<Vec<ContactCount>> {
        if !(1..=MAX_CONTACTS).contains(&first) {
            return Err(bad_input(format!("first is {first}; pass 1 to {MAX_CONTACTS}")));
        }
        let service = ctx.data_unchecked::<AnalyticsService>();
        let top = service.top_contacts(&self.0, by, first.into()).await;
        let top = top.map_err(|e| failed(ctx, e))?;
        try_join_all(top.into_iter().map(async |(id, count)| {
            let contact = Contact::load(ctx, id).await?;
            Ok(ContactCount { contact, count })
        }))
        .await
    }

    /// The times that the owner took to answer.
    async fn response_times(&self, ctx: &Context<'_>) -> Result<ResponseTimesReport> {
        let service = ctx.data_unchecked::<AnalyticsService>();
        let answered = service.answered(&self.0).await.map_err(|e| failed(ctx, e))?;
        Ok(ResponseTimesReport {
            overall: (&answered.now).into(),
            previous: (&answered.previous).into(),
            by_bucket: answered.buckets.iter().map(ResponseTimes::from).collect(),
        })
    }

    /// The busiest hours of the owner's chats: every hour of the week, from Monday's first.
    async fn busiest_hours(&self) -> Vec<WeekdayHour> {
        let hours = |(day, hours): (usize, &[i64; 24])| {
            let of_hour = move |(hour, messages): (usize, &i64)| WeekdayHour {
                weekday: day + 1,
                hour,
                messages: *messages,
            };
            hours.iter().enumerate().map(of_hour).collect::<Vec<_>>()
        };
        self.0.week.iter().enumerate().flat_map(hours).collect()
    }
}

/// The fields that analytics add to a user.
#[derive(Debug, Clone, Copy)]
pub struct ViewerFields(pub UserId);

#[Object(name = "AnalyticsViewerFields")]
impl ViewerFields {
    /// The analytics of a range of days, divided by the viewer's clock and calendar. Needs Premium: other users get
    /// the error `ENTITLEMENT_REQUIRED` and null, while their counting goes on.
    async fn analytics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days, at most five years.")] range: DateRange,
        #[graphql(desc = "The length of a bucket; the range may have at most 800 buckets.")] bucket: Bucket,
        #[graphql(desc = "Only these accounts; all accounts when absent.")] account_ids: Option<Vec<ID>>,
    ) -> Result<Option<Analytics>> {
        let range = Range::new(range.from.0, range.to.0).map_err(|e| bad_input(e.to_string()))?;
        let accounts = parse_ids(account_ids, AccountId::from_global)?;
        let service = ctx.data_unchecked::<AnalyticsService>();
        let report = service.report(self.0, range, bucket, accounts.as_deref()).await;
        report
            .map(|report| Some(Analytics(report)))
            .map_err(|e| failed(ctx, e))
    }
}

/// The range and accounts of an export.
#[derive(Debug, InputObject)]
pub struct ExportAnalyticsInput {
    /// The days, at most five years.
    range: DateRange,
    /// The length of a bucket; the range may have at most 800 buckets.
    bucket: Bucket,
    /// Only these accounts; all accounts when absent.
    account_ids: Option<Vec<ID>>,
}

/// Result of exporting analytics.
#[derive(Debug, SimpleObject)]
pub struct ExportAnalyticsPayload {
    /// The link to the CSV table: a row for each bucket, a column for each metric. Null when there are errors.
    url: Option<Link>,
    /// The time at which `url` stops working; request another link then. Null when there are errors.
    url_expires_at: Option<DateTime<Utc>>,
    /// The errors of the input; empty on success.
    errors: Vec<UserError>,
}

/// The mutations of analytics.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mutation;

#[Object(name = "AnalyticsMutation")]
impl Mutation {
    /// Creates a link to a CSV table of the viewer's analytics, for spreadsheets. Needs Premium. The link needs no
    /// login: everyone who has it can read the table.
    async fn export_analytics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The range and accounts.")] input: ExportAnalyticsInput,
    ) -> Result<ExportAnalyticsPayload> {
        let user = viewer(ctx)?.user;
        let service = ctx.data_unchecked::<AnalyticsService>();
        let export = match wanted(user, input) {
            Ok(export) => export,
            Err(error) => return Ok(error.into()),
        };
        match export.report(service).await {
            Ok(_) => {
                let link = export.sign(ctx.data_unchecked::<Links>(), service.now());
                Ok(ExportAnalyticsPayload {
                    url: Some(Link(link.url)),
                    url_expires_at: Some(link.expires_at),
                    errors: Vec::new(),
                })
            }
            Err(error) => refused(ctx, error).map(ExportAnalyticsPayload::from),
        }
    }
}

impl From<UserError> for ExportAnalyticsPayload {
    fn from(error: UserError) -> Self {
        Self {
            url: None,
            url_expires_at: None,
            errors: vec![error],
        }
    }
}

fn wanted(user: UserId, input: ExportAnalyticsInput) -> Result<Export, UserError> {
    let range = Range::new(input.range.from.0, input.range.to.0)
        .map_err(|e| UserError::invalid(&["range"], e.to_string()))?;
    let accounts = parse_ids(input.account_ids, AccountId::from_global)
        .map_err(|e| UserError::invalid(&["accountIds"], e.message))?;
    Ok(Export {
        user,
        range,
        bucket: input.bucket,
        accounts,
    })
}

/// Maps an error to the error of a failed query.
fn failed(ctx: &Context<'_>, error: AnalyticsError) -> Error {
    match error {
        AnalyticsError::NotIncluded => premium_required("looking back"),
        AnalyticsError::UnknownAccount => not_found("account"),
        AnalyticsError::Range(wrong) => bad_input(wrong.to_string()),
        AnalyticsError::Work(_) => internal(ctx, error),
    }
}

/// Maps an error to a user error of the payload; an error that the client cannot correct fails the mutation.
fn refused(ctx: &Context<'_>, error: AnalyticsError) -> Result<UserError> {
    Ok(match error {
        AnalyticsError::NotIncluded => UserError::premium(&[], "looking back"),
        AnalyticsError::UnknownAccount => UserError::unknown(&["accountIds"], "account"),
        AnalyticsError::Range(wrong) => UserError::invalid(&["range"], wrong.to_string()),
        AnalyticsError::Work(_) => return Err(internal(ctx, error)),
    })
}
