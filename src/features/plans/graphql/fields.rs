use async_graphql::{Context, Object, Result};

use super::ledger::QuotaUse;
use super::quotas::{self, QuotaUsage};
use super::retention::Retention;
use super::storage::StorageUsage;
use crate::features::plans::ledger;
use crate::features::schema::PlanType;
use crate::graphql::{Connection, Cursor, PageArguments, read, total_if_wanted};
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

    /// Ledger of the monthly quotas: every unit that was spent, also those that were given back; newest first.
    /// Null only when an argument is wrong.
    async fn quota_uses(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Number of items from the beginning of the list, or after `after`: 1 to 100; 20 when neither `first` \
                    nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Cursor of the item before the page.")] after: Option<Cursor>,
        #[graphql(
            desc = "Number of items from the end of the list, or before `before`: 1 to 100. Not together with `first` or \
                    `after`."
        )]
        last: Option<i32>,
        #[graphql(desc = "Cursor of the item after the page.")] before: Option<Cursor>,
    ) -> Result<Option<Connection<QuotaUse>>> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        }
        .page("quotaUses")?;
        let user = self.0;
        let entries = read(ctx, user, async |conn| ledger::list(conn, user, page).await).await?;
        let counting = read(ctx, user, async |conn| ledger::count(conn, user).await);
        let total = total_if_wanted(ctx, counting).await?;
        let items = entries.into_iter().map(QuotaUse).collect();
        Ok(Some(
            Connection::of(&page, items, QuotaUse::page_cursor).counted(total),
        ))
    }
}
