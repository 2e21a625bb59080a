use async_graphql::{Context, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

use crate::features::schema::PlanType;
use crate::graphql::{ByteCount, read};
use crate::id::UserId;
use crate::media;
use crate::plan::{self, Plan, Quota, Retention, Usage};
use crate::work::Core;

/// Use of a monthly quota.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub struct QuotaUsage {
    /// Quota.
    pub quota: Quota,
    /// Limit of the plan in a month; null when there is none.
    pub limit: Option<i32>,
    /// Amount used this month. More than the limit after a change to a smaller plan.
    pub used: i32,
    /// Time at which the count restarts: the start of the next month in the user's time zone.
    pub resets_at: DateTime<Utc>,
}

impl From<Usage> for QuotaUsage {
    fn from(usage: Usage) -> Self {
        Self {
            quota: usage.quota,
            limit: usage.limit,
            used: usage.used,
            resets_at: usage.resets_at,
        }
    }
}

/// Use of the plan's storage for media.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub struct StorageUsage {
    /// Size of the stored files, a little more than their content because they are encrypted. More than the limit after
    /// a change to a smaller plan.
    pub used_bytes: ByteCount,
    /// Limit of the plan. A file that does not fit is not stored; it can be fetched once there is room, while WhatsApp
    /// still serves it.
    pub limit_bytes: ByteCount,
}

impl From<media::StorageUsage> for StorageUsage {
    fn from(usage: media::StorageUsage) -> Self {
        Self {
            used_bytes: ByteCount(usage.used_bytes),
            limit_bytes: ByteCount(usage.limit_bytes),
        }
    }
}

/// Queries of plans, open to anybody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Query;

#[Object(name = "PlansQuery")]
impl Query {
    /// The plans there are, the cheapest first.
    async fn plans(&self) -> Vec<PlanType> {
        Plan::ALL.into_iter().map(PlanType::from).collect()
    }
}

/// Fields that plans add to the viewer.
#[derive(Debug, Clone, Copy)]
pub struct ViewerFields(pub UserId);

#[Object(name = "PlansViewerFields")]
impl ViewerFields {
    /// Time for which the user's items are kept.
    async fn retention(&self, ctx: &Context<'_>) -> Result<Retention> {
        let now = ctx.data_unchecked::<Core>().clock.now();
        let terms = read(ctx, self.0, async |conn| plan::retention(conn, self.0).await).await?;
        Ok(terms.at(now))
    }

    /// Use of the storage for media.
    async fn storage(&self, ctx: &Context<'_>) -> Result<StorageUsage> {
        let usage = read(ctx, self.0, async |conn| media::usage(conn, self.0).await).await?;
        Ok(StorageUsage::from(usage))
    }

    /// Use of each monthly quota.
    async fn quotas(&self, ctx: &Context<'_>) -> Result<Vec<QuotaUsage>> {
        let now = ctx.data_unchecked::<Core>().clock.now();
        let usage = read(ctx, self.0, async |conn| plan::usage(conn, self.0, now).await).await?;
        Ok(usage.into_iter().map(QuotaUsage::from).collect())
    }
}
