use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;

use super::super::error::WebhooksError;
use super::super::model::{Attempt, Delivery, Endpoint};
use super::super::service::WebhooksService;
use crate::id::{UserId, WebhookDeliveryId, WebhookEndpointId};

/// Loads endpoints of one user by id.
pub struct WebhookEndpointLoader {
    /// The service.
    pub service: WebhooksService,
    /// Whose endpoints.
    pub user: UserId,
}

impl Loader<WebhookEndpointId> for WebhookEndpointLoader {
    type Value = Endpoint;
    type Error = Arc<WebhooksError>;

    async fn load(
        &self,
        keys: &[WebhookEndpointId],
    ) -> Result<HashMap<WebhookEndpointId, Endpoint>, Self::Error> {
        let found = self.service.load(self.user, keys).await.map_err(Arc::new)?;
        Ok(found
            .into_iter()
            .map(|endpoint| (endpoint.id, endpoint))
            .collect())
    }
}

/// Loads deliveries of one user by id.
pub struct WebhookDeliveryLoader {
    /// The service.
    pub service: WebhooksService,
    /// Whose deliveries.
    pub user: UserId,
}

impl Loader<WebhookDeliveryId> for WebhookDeliveryLoader {
    type Value = Delivery;
    type Error = Arc<WebhooksError>;

    async fn load(
        &self,
        keys: &[WebhookDeliveryId],
    ) -> Result<HashMap<WebhookDeliveryId, Delivery>, Self::Error> {
        let found = self.service.load_deliveries(self.user, keys).await;
        let found = found.map_err(Arc::new)?;
        Ok(found
            .into_iter()
            .map(|delivery| (delivery.id, delivery))
            .collect())
    }
}

/// Loads the attempts of deliveries of one user.
pub struct WebhookAttemptLoader {
    /// The service.
    pub service: WebhooksService,
    /// Whose deliveries.
    pub user: UserId,
}

impl Loader<WebhookDeliveryId> for WebhookAttemptLoader {
    type Value = Vec<Attempt>;
    type Error = Arc<WebhooksError>;

    async fn load(
        &self,
        keys: &[WebhookDeliveryId],
    ) -> Result<HashMap<WebhookDeliveryId, Vec<Attempt>>, Self::Error> {
        let mut found: HashMap<_, Vec<_>> = HashMap::new();
        for (delivery, attempt) in self.service.attempts(self.user, keys).await.map_err(Arc::new)? {
            found.entry(delivery).or_default().push(attempt);
        }
        Ok(found)
    }
}
