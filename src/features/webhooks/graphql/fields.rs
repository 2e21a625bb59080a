use async_graphql::{Context, Object, Result};

use super::super::service::WebhooksService;
use super::objects::WebhookEndpoint;
use crate::graphql::internal;
use crate::id::UserId;

/// Fields that webhooks add to the viewer.
#[derive(Debug, Clone, Copy)]
pub struct ViewerFields(pub UserId);

#[Object(name = "WebhooksViewerFields")]
impl ViewerFields {
    /// Webhook endpoints of the viewer, oldest first, 10 at most.
    async fn webhook_endpoints(&self, ctx: &Context<'_>) -> Result<Vec<WebhookEndpoint>> {
        let service = ctx.data_unchecked::<WebhooksService>();
        let found = service.list(self.0).await.map_err(|e| internal(ctx, e))?;
        Ok(found.into_iter().map(WebhookEndpoint).collect())
    }
}
