use async_graphql::{Context, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

use crate::graphql::read;
use crate::id::UserId;
use crate::media;
use crate::plan::{self, Entitlements, Plan, Quota, Retention, Usage};
use crate::work::Core;

/// A plan, and what it allows.
#[derive(Debug, Clone, Copy, SimpleObject)]
#[graphql(name = "Plan")]
pub struct Offer {
    /// Name of the plan.
    pub code: Plan,
    /// Entitlements of the plan.
    pub entitlements: Entitlements,
}

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
    /// Size of the stored files, in bytes, a little more than their content because they are encrypted. A whole
    /// number; a Float because it outgrows Int. More than the limit after a change to a smaller plan.
    pub used_bytes: f64,
    /// Limit, in bytes. A whole number. A file that does not fit is not stored; it can be fetched once there
    /// is room, while WhatsApp still serves it.
    pub limit_bytes: f64,
}

impl From<media::StorageUsage> for StorageUsage {
    #[expect(clippy::cast_precision_loss, reason = "bytes are counted exactly up to 8 PiB")]
    fn from(usage: media::StorageUsage) -> Self {
        Self {
            used_bytes: usage.used_bytes as f64,
            limit_bytes: usage.limit_bytes as f64,
        }
    }
}

/// Queries of plans, open to anybody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Query;

#[Object(name = "PlansQuery")]
impl Query {
    /// The plans there are, the cheapest first.
    async fn plans(&self) -> Vec<Offer> {
        let offer = |code: Plan| Offer {
            code,
            entitlements: code.entitlements(),
        };
        Plan::ALL.into_iter().map(offer).collect()
    }
}

/// Fields that plans add to a user.
#[derive(Debug, Clone, Copy)]
pub struct UserFields(pub UserId);

#[Object(name = "PlansUserFields")]
impl UserFields {
    /// Plan of the user.
    async fn plan(&self, ctx: &Context<'_>) -> Result<Plan> {
        read(ctx, self.0, async |conn| plan::of(conn, self.0).await).await
    }

    /// Entitlements of the user's plan.
    async fn entitlements(&self, ctx: &Context<'_>) -> Result<Entitlements> {
        read(ctx, self.0, async |conn| plan::entitlements(conn, self.0).await).await
    }

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
