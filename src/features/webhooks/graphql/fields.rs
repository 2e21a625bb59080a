use async_graphql::{Context, Object, Result, Subscription as GraphQlSubscription};
use futures::{Stream, StreamExt};

use super::super::service::WebhooksService;
use super::WebhookEndpointEvent;
use super::failed;
use super::objects::WebhookEndpoint;
use crate::features::schema::listen;
use crate::graphql::Cursor;
use crate::hub::EventKind;
use crate::id::UserId;

/// Fields that webhooks add to a user.
#[derive(Debug, Clone, Copy)]
pub struct ViewerFields(pub UserId);

#[Object(name = "WebhooksViewerFields")]
impl ViewerFields {
    /// Webhook endpoints of the user, oldest first, 10 at most.
    async fn webhook_endpoints(&self, ctx: &Context<'_>) -> Result<Vec<WebhookEndpoint>> {
        let service = ctx.data_unchecked::<WebhooksService>();
        let found = service.list(self.0).await.map_err(|e| failed(ctx, e))?;
        Ok(found.into_iter().map(WebhookEndpoint).collect())
    }
}

/// Subscriptions to webhooks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Subscription;

#[GraphQlSubscription(name = "WebhooksSubscription")]
impl Subscription {
    /// Each change of a webhook endpoint: first those after the cursor, then as they happen, each once and in order.
    async fn webhook_endpoint_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Cursor of the last event, to resume after it; only new events when absent.")]
        after: Option<Cursor>,
    ) -> Result<impl Stream<Item = Result<WebhookEndpointEvent>> + use<>> {
        let events = listen(ctx, after, None, &[EventKind::WebhookEndpointChanged]).await?;
        Ok(events.map(|event| event.map(WebhookEndpointEvent::from)))
    }
}
