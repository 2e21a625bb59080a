use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

use crate::features::billing::ids::BillingDriftId;
use crate::features::billing::store::{self, DriftKind, DriftRow};
use crate::graphql::{PageCursor, admin, not_found, read};

/// Difference between what was stored of a customer and what Stripe says, which a reconciliation found and mended. Holds
/// ids of Stripe's, and nothing of what users keep.
#[derive(Debug, Clone)]
pub struct AdminBillingDrift(pub DriftRow);

/// Difference between what was stored of a customer and what Stripe says, which a reconciliation found and mended. Holds
/// ids of Stripe's, and nothing of what users keep.
#[Object]
impl AdminBillingDrift {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// Kind of the difference.
    async fn kind(&self) -> DriftKind {
        self.0.kind
    }

    /// Id of the customer at Stripe.
    async fn customer_id(&self) -> &str {
        &self.0.customer_id
    }

    /// Id of the subscription at Stripe; null when the difference is about the customer.
    async fn subscription_id(&self) -> Option<&str> {
        self.0.subscription_id.as_deref()
    }

    /// Value that was stored, in Stripe's words or times; null when nothing was.
    async fn stored(&self) -> Option<&str> {
        self.0.stored.as_deref()
    }

    /// Value at Stripe, in its words or times; null when it is the customer who is there or is gone.
    async fn found(&self) -> Option<&str> {
        self.0.found.as_deref()
    }

    /// Time at which the difference was found, and mended here.
    async fn found_at(&self) -> DateTime<Utc> {
        self.0.found_at
    }
}

impl AdminBillingDrift {
    /// The difference with this id, for an admin.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is none, or it was found too long ago; `FORBIDDEN` for a viewer who is no admin; `INTERNAL` when
    /// the database fails.
    pub async fn load(ctx: &Context<'_>, id: BillingDriftId) -> Result<Self> {
        let admin = admin(ctx).await?;
        let found = read(ctx, admin.user(), async |conn| store::find_drift(conn, id).await);
        found.await?.map(Self).ok_or_else(|| not_found("difference"))
    }

    /// Cursor of its position in the list of all differences.
    pub(super) fn page_cursor(&self) -> PageCursor {
        PageCursor {
            at: self.0.found_at,
            id: self.0.id.into(),
        }
    }
}
