use async_graphql::{Context, ID, Object, Result};

use super::failed;
use super::input::AnalyticsRangeInput;
use super::objects::Analytics;
use super::today::Today;
use crate::features::analytics::calendar::Bucket;
use crate::features::analytics::error::AnalyticsError;
use crate::features::analytics::service::AnalyticsService;
use crate::graphql::parse_ids;
use crate::id::{AccountId, UserId};

/// The fields that analytics add to a user.
#[derive(Debug, Clone, Copy)]
pub struct ViewerFields(pub UserId);

#[Object(name = "AnalyticsViewerFields")]
impl ViewerFields {
    /// Analytics of a range of days, divided by the viewer's clock and calendar. Null when an argument is wrong, and when
    /// the viewer's plan does not include analytics: `viewer.user.plan.entitlements.hasAnalytics` is false. Counting goes
    /// on, so a change to a plan with analytics shows the past as well.
    async fn analytics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The days.")] range: AnalyticsRangeInput,
        #[graphql(desc = "Length of a bucket; the range may have at most 800 buckets.")] bucket: Bucket,
        #[graphql(desc = "Ids of accounts: only these, none for an empty list; all accounts when absent.")]
        account_ids: Option<Vec<ID>>,
    ) -> Result<Option<Analytics>> {
        let days = range.parse().map_err(|e| failed(ctx, e.into()))?;
        let accounts = parse_ids(&["accountIds"], account_ids, AccountId::from_global)?;
        let service = ctx.data_unchecked::<AnalyticsService>();
        match service.report(self.0, days, bucket, accounts.as_deref()).await {
            Ok(report) => Ok(Some(Analytics(report))),
            Err(AnalyticsError::NotIncluded) => Ok(None),
            Err(error) => Err(failed(ctx, error)),
        }
    }

    /// Counts of the current day by the viewer's clock. Every plan includes them. Null only when an argument is wrong.
    async fn today(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Ids of accounts: only these, none for an empty list; all accounts when absent.")]
        account_ids: Option<Vec<ID>>,
    ) -> Result<Option<Today>> {
        let accounts = parse_ids(&["accountIds"], account_ids, AccountId::from_global)?;
        let service = ctx.data_unchecked::<AnalyticsService>();
        let counted = service.today(self.0, accounts.as_deref()).await;
        counted
            .map(|counted| Some(Today(counted)))
            .map_err(|e| failed(ctx, e))
    }
}
