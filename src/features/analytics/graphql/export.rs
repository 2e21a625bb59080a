use async_graphql::{Context, Error, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

use super::failed;
use super::input::{AnalyticsRangeInput, wrong_range};
use crate::features::analytics::calendar::{Bucket, Days};
use crate::features::analytics::error::AnalyticsError;
use crate::features::analytics::export::Export;
use crate::features::analytics::service::AnalyticsService;
use crate::graphql::{Link, UserError, viewer};
use crate::id::{AccountId, UserId};
use crate::media::{Links, SignedLink};

/// Input of `exportAnalytics`: the range and accounts of the table.
#[derive(Debug, InputObject)]
pub struct ExportAnalyticsInput {
    /// The days.
    range: AnalyticsRangeInput,
    /// Length of a bucket, which is a row of the table; the range may have at most 800 buckets.
    bucket: Bucket,
    /// Ids of accounts: only these, none for an empty list; all accounts when absent.
    account_ids: Option<Vec<ID>>,
}

/// Result of `exportAnalytics`.
#[derive(Debug, SimpleObject)]
pub struct ExportAnalyticsPayload {
    /// Address of the CSV table: a row for each bucket, a column for each metric. Null when there are errors.
    url: Option<Link>,
    /// Time at which `url` stops working; request another address then. Null when there are errors.
    url_expires_at: Option<DateTime<Utc>>,
    /// Errors of the input; empty on success.
    errors: Vec<UserError>,
}

impl ExportAnalyticsPayload {
    fn new(link: SignedLink) -> Self {
        Self {
            url: Some(link.url.into()),
            url_expires_at: Some(link.expires_at),
            errors: Vec::new(),
        }
    }

    const fn refused(errors: Vec<UserError>) -> Self {
        Self {
            url: None,
            url_expires_at: None,
            errors,
        }
    }
}

/// The mutations of analytics.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mutation;

#[Object(name = "AnalyticsMutation")]
impl Mutation {
    /// Creates an address of a CSV table of the viewer's analytics, for spreadsheets. Needs a plan with analytics. The
    /// address works without a login: everyone who has it can read the table.
    async fn export_analytics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The range and accounts of the table.")] input: ExportAnalyticsInput,
    ) -> Result<ExportAnalyticsPayload> {
        let user = viewer(ctx)?.user;
        let bucket = input.bucket;
        let (days, accounts) = match parse(ctx, user, input).await? {
            Ok(parsed) => parsed,
            Err(errors) => return Ok(ExportAnalyticsPayload::refused(errors)),
        };
        let service = ctx.data_unchecked::<AnalyticsService>();
        match Export::prepare(service, user, days, bucket, accounts).await {
            Ok(export) => {
                let link = export.sign(ctx.data_unchecked::<Links>(), service.now());
                Ok(ExportAnalyticsPayload::new(link))
            }
            Err(error) => refused(ctx, error).map(ExportAnalyticsPayload::refused),
        }
    }
}

type Parsed = (Days, Option<Vec<AccountId>>);

/// The days and accounts of the input, or everything that is wrong with them.
async fn parse(
    ctx: &Context<'_>,
    user: UserId,
    input: ExportAnalyticsInput,
) -> Result<Result<Parsed, Vec<UserError>>> {
    let service = ctx.data_unchecked::<AnalyticsService>();
    let mut errors = Vec::new();
    let days = match input.range.parse().map_err(AnalyticsError::from) {
        Ok(days) => service.check_range(user, days, input.bucket).await.map(|()| days),
        Err(wrong) => Err(wrong),
    };
    let days = match days {
        Ok(days) => Some(days),
        Err(wrong) => {
            errors.extend(refused(ctx, wrong)?);
            None
        }
    };
    let accounts = match input.account_ids {
        Some(ids) => {
            let (accounts, wrong) = parse_accounts(ctx, user, &ids).await?;
            errors.extend(wrong);
            Some(accounts)
        }
        None => None,
    };
    Ok(match days {
        Some(days) if errors.is_empty() => Ok((days, accounts)),
        Some(_) | None => Err(errors),
    })
}

/// The viewer's accounts that the ids name, and an error for each id that names none.
async fn parse_accounts(
    ctx: &Context<'_>,
    user: UserId,
    ids: &[ID],
) -> Result<(Vec<AccountId>, Vec<UserError>)> {
    let parsed: Vec<_> = ids.iter().map(|id| AccountId::from_global(id)).collect();
    let named: Vec<AccountId> = parsed.iter().flatten().copied().collect();
    let service = ctx.data_unchecked::<AnalyticsService>();
    let unknown = service.find_unknown(user, &named).await;
    let unknown = unknown.map_err(|e| failed(ctx, e))?;
    let errors = parsed.iter().enumerate().filter_map(|(place, id)| {
        let place = place.to_string();
        let path = ["accountIds", place.as_str()];
        match id {
            Ok(id) => unknown.contains(id).then(|| UserError::unknown(&path, "account")),
            Err(wrong) => Some(UserError::no_id(&path, wrong)),
        }
    });
    Ok((named, errors.collect()))
}

/// Maps an error to user errors of the payload; an error that the client cannot correct fails the mutation.
fn refused(ctx: &Context<'_>, error: AnalyticsError) -> Result<Vec<UserError>, Error> {
    Ok(match error {
        AnalyticsError::NotIncluded => vec![UserError::premium(&[], "exporting analytics")],
        AnalyticsError::Range(wrong) => vec![wrong_range(&wrong)],
        AnalyticsError::Work(_) => return Err(failed(ctx, error)),
    })
}
