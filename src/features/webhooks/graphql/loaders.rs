use std::collections::HashMap;

use async_graphql::dataloader::Loader;

use super::super::model::{Attempt, Delivery, Endpoint};
use super::super::store;
use crate::features::webhooks::{WebhookDeliveryId, WebhookEndpointId};
use crate::graphql::{ReadError, Reader};
use crate::work::WorkError;

/// Key of the attempts of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct AttemptsOf(pub(super) WebhookDeliveryId);

impl Loader<WebhookEndpointId> for Reader {
    type Value = Endpoint;
    type Error = ReadError;

    async fn load(
        &self,
        keys: &[WebhookEndpointId],
    ) -> Result<HashMap<WebhookEndpointId, Endpoint>, ReadError> {
        self.read(async |work| {
            let mut found = HashMap::with_capacity(keys.len());
            for row in store::load_endpoints(work, keys).await? {
                let item = row.open(&work.key).map_err(WorkError::unreadable)?;
                found.insert(item.id, item);
            }
            Ok(found)
        })
        .await
    }
}

impl Loader<WebhookDeliveryId> for Reader {
    type Value = Delivery;
    type Error = ReadError;

    async fn load(
        &self,
        keys: &[WebhookDeliveryId],
    ) -> Result<HashMap<WebhookDeliveryId, Delivery>, ReadError> {
        self.read(async |work| {
            let found = store::load_deliveries(work, keys).await?;
            Ok(found.into_iter().map(|item| (item.id, item)).collect())
        })
        .await
    }
}

impl Loader<AttemptsOf> for Reader {
    type Value = Vec<Attempt>;
    type Error = ReadError;

    async fn load(&self, keys: &[AttemptsOf]) -> Result<HashMap<AttemptsOf, Vec<Attempt>>, ReadError> {
        self.read(async |work| {
            let deliveries: Vec<WebhookDeliveryId> = keys.iter().map(|key| key.0).collect();
            let mut found: HashMap<_, Vec<_>> = HashMap::new();
            for row in store::load_attempts(work, &deliveries).await? {
                let (delivery, attempt) = row.open(&work.key)?;
                found.entry(AttemptsOf(delivery)).or_default().push(attempt);
            }
            Ok(found)
        })
        .await
    }
}
