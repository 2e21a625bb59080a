use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;

use super::hosts::{Failing, with_hosts};
use crate::audit::{self, AuditAction};
use crate::features::webhooks::AdminWebhookDeliveryId;
use crate::features::webhooks::store;
use crate::graphql::{ReadError, Reader};

impl Loader<AdminWebhookDeliveryId> for Reader {
    type Value = Failing;
    type Error = ReadError;

    async fn load(
        &self,
        keys: &[AdminWebhookDeliveryId],
    ) -> Result<HashMap<AdminWebhookDeliveryId, Failing>, ReadError> {
        let rows = self
            .read_on_record(async |work| {
                let ids: Vec<_> = keys.iter().map(|key| key.as_uuid().into()).collect();
                // For a viewer who is no admin there are none.
                let rows = store::load_failing(work, &ids).await?;
                let users = rows.iter().map(|row| row.user_id);
                audit::note_looks(work, AuditAction::WebhooksViewed, users).await?;
                Ok(rows)
            })
            .await?;
        let found = with_hosts(self.core(), rows).await.map_err(Arc::new)?;
        Ok(found
            .into_iter()
            .map(|failing| (failing.row.id.as_uuid().into(), failing))
            .collect())
    }
}
