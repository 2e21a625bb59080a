//! The end of a customer whose user is being deleted: what they pay for ends first, then Stripe forgets them.

use std::sync::Arc;

use async_trait::async_trait;

use super::config::Sale;
use super::error::BillingError;
use super::store;
use crate::features::Departure;
use crate::id::UserId;
use crate::jobs::JobError;
use crate::work::Core;

/// Ends what a user bought before they are deleted.
#[derive(Debug)]
pub(super) struct Farewell {
    pub(super) core: Core,
    pub(super) sale: Option<Arc<Sale>>,
}

#[async_trait]
impl Departure for Farewell {
    async fn settle(&self, user: UserId) -> Result<(), JobError> {
        self.end(user).await.map_err(JobError::failed)
    }
}

impl Farewell {
    /// Each step may have been done before.
    async fn end(&self, user: UserId) -> Result<(), BillingError> {
        let mut tx = self.core.db.begin(user).await?;
        let row = store::find_customer(&mut tx, user).await?;
        tx.rollback().await?;
        let Some(customer) = row.filter(|row| !row.is_deleted).and_then(|row| row.stripe_id) else {
            return Ok(());
        };
        let Some(sale) = &self.sale else {
            tracing::warn!(
                "a user is deleted whose customer {customer} stays at Stripe, because there is no key; delete it there"
            );
            return Ok(());
        };
        if sale.stripe.find_customer(&customer).await?.is_none() {
            return Ok(());
        }
        // Nothing is bought from here on.
        for page in sale.stripe.list_open_checkouts(&customer).await? {
            sale.stripe.expire_checkout(&page.id).await?;
        }
        for subscription in sale.stripe.list_subscriptions(&customer).await? {
            if !subscription.status.is_final() {
                sale.stripe.cancel_subscription(&subscription.id).await?;
            }
        }
        sale.stripe.delete_customer(&customer).await?;
        tracing::info!("deleted the customer of a user who is deleted");
        Ok(())
    }
}
