//! Operations of users on the log of deliveries.

use super::error::{Refusal, WebhooksError};
use super::model::{Delivery, DeliveryState, MAX_ALONE};
use super::ordered_queue::{self, OrderedQueue};
use super::service::WebhooksService;
use super::store::{self, DeliveryQuery};
use crate::features::webhooks::{WebhookDeliveryId, WebhookEndpointId};
use crate::graphql::Page;
use crate::id::UserId;

impl WebhooksService {
    /// Sends an event again: at once, out of the order, and as if it were new when it was settled; by its place in the
    /// order when it still waits.
    ///
    /// # Errors
    /// [`WebhooksError`]; [`Refusal::UnknownDelivery`], [`Refusal::Disabled`] and [`Refusal::TooManyAlone`] among them.
    pub async fn redeliver(&self, user: UserId, id: WebhookDeliveryId) -> Result<Delivery, WebhooksError> {
        let mut work = self.core().begin(user).await?;
        let found = store::load_deliveries(&mut work, &[id]).await?.pop();
        let endpoint = found.ok_or(Refusal::UnknownDelivery)?.endpoint;
        // The endpoint before the delivery, as when what came of calling it is put down.
        let row = store::lock_endpoint(&mut work, endpoint).await?;
        let endpoint = row.ok_or(Refusal::UnknownDelivery)?.open(&work.key)?;
        if endpoint.disabled.is_some() {
            return Err(Refusal::Disabled.into());
        }
        let locked = store::lock_delivery(&mut work, id).await?;
        let delivery = locked.ok_or(Refusal::UnknownDelivery)?;
        let now = work.now;
        if delivery.state == DeliveryState::Pending {
            store::try_again(&mut work, id, delivery.tries, now, delivery.is_alone).await?;
        } else {
            if store::count_alone(&mut work, endpoint.id).await? >= MAX_ALONE {
                return Err(Refusal::TooManyAlone.into());
            }
            store::try_anew(&mut work, id).await?;
        }
        if delivery.state == DeliveryState::Pending && !delivery.is_alone {
            let queue = OrderedQueue {
                endpoint: endpoint.id,
                account: delivery.event.account,
            };
            queue.wake(&mut work).await?;
        } else {
            ordered_queue::deliver_alone(&mut work, id, now).await?;
        }
        let after = store::load_deliveries(&mut work, &[id]).await?.pop();
        let after = after.ok_or(Refusal::UnknownDelivery)?;
        work.commit().await?;
        Ok(after)
    }

    /// A page of an endpoint's log, the newest event first.
    ///
    /// # Errors
    /// [`WebhooksError::Work`].
    pub async fn deliveries(
        &self,
        user: UserId,
        endpoint: WebhookEndpointId,
        page: Page,
        query: &DeliveryQuery,
    ) -> Result<Vec<Delivery>, WebhooksError> {
        let mut work = self.core().begin(user).await?;
        let found = store::list_deliveries(&mut work, endpoint, page, query).await?;
        work.rollback().await?;
        Ok(found)
    }

    /// Number of deliveries in an endpoint's log, [`MOST_COUNTED`](crate::graphql::MOST_COUNTED) at most.
    ///
    /// # Errors
    /// [`WebhooksError::Work`].
    pub async fn count_deliveries(
        &self,
        user: UserId,
        endpoint: WebhookEndpointId,
        query: &DeliveryQuery,
    ) -> Result<i64, WebhooksError> {
        let mut work = self.core().begin(user).await?;
        let counted = store::count_deliveries(&mut work, endpoint, query).await?;
        work.rollback().await?;
        Ok(counted)
    }
}
