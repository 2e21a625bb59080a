use async_graphql::{Context, Object, Result};

use super::service;
use super::subscription::BillingSubscription;
use crate::graphql::{Entity as _, internal};
use crate::id::UserId;

/// Fields that the sale of Premium adds to the viewer.
#[derive(Debug, Clone, Copy)]
pub struct ViewerFields(pub UserId);

#[Object(name = "BillingViewerFields")]
impl ViewerFields {
    /// Subscription of the viewer to Premium: the one that gives it, else the newest; null when the viewer never subscribed.
    /// Premium that the server's operator granted needs none: `user.plan` is what holds. `billingSubscriptionChanged`
    /// announces changes.
    async fn subscription(&self, ctx: &Context<'_>) -> Result<Option<BillingSubscription>> {
        let shown = service(ctx).find_shown(self.0).await;
        match shown.map_err(|e| internal(ctx, e))? {
            Some(id) => BillingSubscription::find(ctx, id).await,
            None => Ok(None),
        }
    }
}
