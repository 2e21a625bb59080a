use async_graphql::{Context, Object, Result};

use super::quotas::{self, QuotaUsage};
use super::retention::Retention;
use super::storage::StorageUsage;
use crate::features::schema::PlanType;
use crate::id::UserId;
use crate::plan::Plan;

/// Queries of plans, open to anybody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Query;

#[Object(name = "PlansQuery")]
impl Query {
    /// All plans, cheapest first.
    async fn plans(&self) -> Vec<PlanType> {
        Plan::ALL.into_iter().map(PlanType).collect()
    }
}

/// Fields that plans add to the viewer.
#[derive(Debug, Clone, Copy)]
pub struct ViewerFields(pub UserId);

#[Object(name = "PlansViewerFields")]
impl ViewerFields {
    /// Retention of the user's kept items.
    async fn retention(&self, ctx: &Context<'_>) -> Result<Retention> {
        Retention::of(ctx, self.0).await
    }

    /// Use of the plan's storage for media.
    async fn storage(&self, ctx: &Context<'_>) -> Result<StorageUsage> {
        StorageUsage::of(ctx, self.0).await
    }

    /// Use of each limit of the plan that counts things: one entry for each `QuotaCode`. The limit on the size of media
    /// is in `storage`.
    async fn quotas(&self, ctx: &Context<'_>) -> Result<Vec<QuotaUsage>> {
        quotas::all_of(ctx, self.0).await
    }
}
