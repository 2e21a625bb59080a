use async_graphql::{Context, Error, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use futures::future::try_join_all;

use super::calendar::{Bucket, Range, Span};
use super::export::Export;
use super::model::{Counts, change};
use super::responses::Histogram;
use super::service::{AnalyticsError, AnalyticsService, Looked};
use crate::counts::Metric;
use crate::features::schema::Contact;
use crate::graphql::{
    Date, Entity, Link, UserError, bad_input, internal, not_found, parse_ids, premium_required, viewer,
};
use crate::id::{AccountId, UserId};
use crate::media::Links;

/// How many contacts are listed at most.
const MOST_CONTACTS: i32 = 100;

/// Whole days of the viewer's time zone.
#[derive(Debug, Clone, Copy, InputObject)]
pub struct DateRange {
    /// The first day.
    from: Date,
    /// The last day, included.
    to: Date,
}

/// How often each thing happened.
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
    /// Contacts who looked at a status of the owner's, each once a status.
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

/// What happened in one bucket of time.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub struct AnalyticsBucket {
    /// Its first moment, as far as it lies in the range.
    starts_at: DateTime<Utc>,
    /// The first moment after it.
    ends_at: DateTime<Utc>,
    /// How often each thing happened.
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

/// One metric, compared with the time before.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub struct AnalyticsChange {
    /// Which metric.
    metric: Metric,
    /// How often in the range.
    total: i64,
    /// How often in as many days directly before.
    previous_total: i64,
    /// How much more, as a share: 0.5 is half as much again, -1 is nothing left. Null when there was nothing before.
    change: Option<f64>,
}

/// How long the owner took to answer in chats of two: from the first message that waited to the owner's next one.
/// Automatic replies are no answers, and what took longer than a week is none. Times are estimated from counts of spans,
/// which are finer the shorter they are.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub struct ResponseTimes {
    /// How many answers there were.
    answers: i64,
    /// Half of them came within so many seconds; null when there were none.
    median_seconds: Option<f64>,
    /// Nine of ten came within so many seconds; null when there were none.
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

/// Response times in the range, and what they are compared with.
#[derive(Debug, Clone, SimpleObject)]
pub struct ResponseTimesReport {
    /// In the range.
    overall: ResponseTimes,
    /// In as many days directly before.
    previous: ResponseTimes,
    /// In each bucket, in the order of `buckets`; empty when buckets are hours, for answers are counted by day.
    by_bucket: Vec<ResponseTimes>,
}

/// An hour of the week.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub struct WeekdayHour {
    /// The day: 1 is Monday, 7 is Sunday.
    weekday: usize,
    /// The hour of the day in the viewer's time zone, 0 to 23.
    hour: usize,
    /// How many messages were received and sent in it, all weeks of the range together.
    messages: i64,
}

/// A contact, and how often something happened with them.
#[derive(Debug, Clone, SimpleObject)]
pub struct ContactCount {
    /// Who.
    contact: Contact,
    /// How often.
    count: i64,
}

/// What happened in a range of days.
pub struct Analytics(Looked);

/// What happened in a range of days.
#[Object]
impl Analytics {
    /// The first day.
    async fn from(&self) -> Date {
        Date(self.0.range.from)
    }

    /// The last day, included.
    async fn to(&self) -> Date {
        Date(self.0.range.to)
    }

    /// The viewer's time zone, by whose clock and calendar everything is cut.
    async fn time_zone(&self) -> &str {
        self.0.zone.name()
    }

    /// How long a bucket is.
    async fn bucket(&self) -> Bucket {
        self.0.bucket
    }

    /// The buckets of the range, in order, those in which nothing happened included.
    async fn buckets(&self) -> Vec<AnalyticsBucket> {
        self.0
            .buckets
            .iter()
            .copied()
            .map(AnalyticsBucket::from)
            .collect()
    }

    /// The whole range together.
    async fn totals(&self) -> AnalyticsCounts {
        self.0.totals.into()
    }

    /// As many days directly before the range, together.
    async fn previous_totals(&self) -> AnalyticsCounts {
        self.0.previous.into()
    }

    /// Every metric compared with as many days directly before.
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

    /// With whom something happened most, the most first. A person with a number and a LID is one.
    async fn top_contacts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is counted. Messages sent are not counted by contact.")] by: Metric,
        #[graphql(desc = "How many contacts, 1 to 100.", default = 10)] first: i32,
    ) -> Result<Vec<ContactCount>> {
        if !(1..=MOST_CONTACTS).contains(&first) {
            return Err(bad_input(format!("first is {first}; pass 1 to {MOST_CONTACTS}")));
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

    /// How long the owner took to answer.
    async fn response_times(&self, ctx: &Context<'_>) -> Result<ResponseTimesReport> {
        let service = ctx.data_unchecked::<AnalyticsService>();
        let answered = service.answered(&self.0).await.map_err(|e| failed(ctx, e))?;
        Ok(ResponseTimesReport {
            overall: (&answered.now).into(),
            previous: (&answered.previous).into(),
            by_bucket: answered.buckets.iter().map(ResponseTimes::from).collect(),
        })
    }

    /// When the owner's chats are busiest: every hour of the week, from Monday's first.
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

/// What analytics add to a user.
#[derive(Debug, Clone, Copy)]
pub struct UserFields(pub UserId);

#[Object(name = "AnalyticsUserFields")]
impl UserFields {
    /// What happened in a range of days, cut by the viewer's clock and calendar. Premium; others get the error
    /// `PREMIUM_REQUIRED` and null, while counting goes on for them.
    async fn analytics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days to look at, five years at most.")] range: DateRange,
        #[graphql(desc = "How long a bucket is; there may be 800.")] bucket: Bucket,
        #[graphql(desc = "Only of these accounts; of all when absent.")] account_ids: Option<Vec<ID>>,
    ) -> Result<Option<Analytics>> {
        let range = Range::new(range.from.0, range.to.0).map_err(|e| bad_input(e.to_string()))?;
        let accounts = parse_ids(account_ids, AccountId::from_global)?;
        let service = ctx.data_unchecked::<AnalyticsService>();
        let looked = service.look(self.0, range, bucket, accounts.as_deref()).await;
        looked
            .map(|looked| Some(Analytics(looked)))
            .map_err(|e| failed(ctx, e))
    }
}

/// What to export.
#[derive(Debug, InputObject)]
pub struct ExportAnalyticsInput {
    /// The days, five years at most.
    range: DateRange,
    /// How long a bucket is; there may be 800.
    bucket: Bucket,
    /// Only of these accounts; of all when absent.
    account_ids: Option<Vec<ID>>,
}

/// A table to download.
#[derive(Debug, SimpleObject)]
pub struct ExportAnalyticsPayload {
    /// Where the table is, as CSV: a row for each bucket, a column for each metric. Null when there are errors.
    url: Option<Link>,
    /// When `url` stops working; ask for another then.
    url_expires_at: Option<DateTime<Utc>>,
    /// What was wrong.
    errors: Vec<UserError>,
}

/// What can be done with analytics.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mutation;

#[Object(name = "AnalyticsMutation")]
impl Mutation {
    /// Makes a link to a table of the viewer's analytics for spreadsheets. Premium. Whoever has the link can read it.
    async fn export_analytics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to export.")] input: ExportAnalyticsInput,
    ) -> Result<ExportAnalyticsPayload> {
        let user = viewer(ctx)?.user;
        let service = ctx.data_unchecked::<AnalyticsService>();
        let export = match wanted(user, input) {
            Ok(export) => export,
            Err(error) => return Ok(error.into()),
        };
        match export.look(service).await {
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

/// What a failed query answers.
fn failed(ctx: &Context<'_>, error: AnalyticsError) -> Error {
    match error {
        AnalyticsError::NotIncluded => premium_required("looking back"),
        AnalyticsError::UnknownAccount => not_found("account"),
        AnalyticsError::Range(wrong) => bad_input(wrong.to_string()),
        AnalyticsError::Work(_) => internal(ctx, error),
    }
}

/// What a failed mutation answers: the mistake, where the client can mend it.
fn refused(ctx: &Context<'_>, error: AnalyticsError) -> Result<UserError> {
    Ok(match error {
        AnalyticsError::NotIncluded => UserError::premium(&[], "looking back"),
        AnalyticsError::UnknownAccount => UserError::unknown(&["accountIds"], "account"),
        AnalyticsError::Range(wrong) => UserError::invalid(&["range"], wrong.to_string()),
        AnalyticsError::Work(_) => return Err(internal(ctx, error)),
    })
}
