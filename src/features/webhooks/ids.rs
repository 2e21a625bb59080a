use crate::id::ids;

ids! {
    /// A user's server that receives events.
    WebhookEndpointId = "WebhookEndpoint";
    /// The delivery of an event to a webhook endpoint.
    WebhookDeliveryId = "WebhookDelivery";
    /// Attempt at a webhook delivery.
    WebhookAttemptId = "WebhookAttempt";
}
