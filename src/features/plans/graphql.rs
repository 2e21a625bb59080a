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
    /// Which plan.
    pub code: Plan,
    /// What it allows.
    pub entitlements: Entitlements,
}

/// How much of a monthly quota is used.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub struct QuotaUsage {
    /// Which quota.
    pub quota: Quota,
    /// How much the plan allows in a month; null when there is no limit.
    pub limit: Option<i32>,
    /// How much is used this month. More than the limit after a change to a smaller plan.
    pub used: i32,
    /// When the count starts again: the first moment of the next month in the user's time zone.
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

/// How much of the plan's space for media is used.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub struct StorageUsage {
    /// What the kept files take, in bytes, a little more than what was sent because they are encrypted. A whole number;
    /// a Float because it outgrows Int. More than the limit after a change to a smaller plan.
    pub used_bytes: f64,
    /// What they may take, in bytes. A whole number. A file that does not fit is not kept; it can be fetched once there
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

/// What anybody may ask about plans.
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

/// What plans add to a user.
#[derive(Debug, Clone, Copy)]
pub struct UserFields(pub UserId);

#[Object(name = "PlansUserFields")]
impl UserFields {
    /// Which plan the user is on.
    async fn plan(&self, ctx: &Context<'_>) -> Result<Plan> {
        read(ctx, self.0, async |conn| plan::of(conn, self.0).await).await
    }

    /// What the user's plan allows.
    async fn entitlements(&self, ctx: &Context<'_>) -> Result<Entitlements> {
        read(ctx, self.0, async |conn| plan::entitlements(conn, self.0).await).await
    }

    /// For how long the user's items are kept.
    async fn retention(&self, ctx: &Context<'_>) -> Result<Retention> {
        let now = ctx.data_unchecked::<Core>().clock.now();
        let terms = read(ctx, self.0, async |conn| plan::retention(conn, self.0).await).await?;
        Ok(terms.at(now))
    }

    /// How much media is kept.
    async fn storage(&self, ctx: &Context<'_>) -> Result<StorageUsage> {
        let usage = read(ctx, self.0, async |conn| media::usage(conn, self.0).await).await?;
        Ok(StorageUsage::from(usage))
    }

    /// How much of each monthly quota is used.
    async fn quotas(&self, ctx: &Context<'_>) -> Result<Vec<QuotaUsage>> {
        let now = ctx.data_unchecked::<Core>().clock.now();
        let usage = read(ctx, self.0, async |conn| plan::usage(conn, self.0, now).await).await?;
        Ok(usage.into_iter().map(QuotaUsage::from).collect())
    }
}
