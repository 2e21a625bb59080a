use super::objects::WebhookEndpoint;
use crate::features::schema::event_object;
use crate::features::webhooks::WebhookEndpointId;

event_object! {
    /// A webhook endpoint was created, changed, disabled or deleted, began to fail or works again.
    WebhookEndpointEvent {
        /// The webhook endpoint in its present state; null when it was deleted since.
        webhook_endpoint: WebhookEndpoint(WebhookEndpointId)
    }
}
