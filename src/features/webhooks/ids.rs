use crate::id::ids;

ids! {
    /// A user's server that receives events.
    WebhookEndpointId = "WebhookEndpoint";
    /// The delivery of an event to a webhook endpoint.
    WebhookDeliveryId = "WebhookDelivery";
    /// A failing delivery as admins see it; the same ULID as the delivery's.
    AdminWebhookDeliveryId = "AdminWebhookDelivery";
    /// Attempt at a webhook delivery.
    WebhookAttemptId = "WebhookAttempt";
}
