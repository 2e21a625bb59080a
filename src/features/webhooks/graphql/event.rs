use crate::features::schema::event_object;

event_object! {
    /// A webhook endpoint was made, changed, turned off or deleted, began to fail or works again: read
    /// `viewer.webhookEndpoints` anew.
    WebhookEndpointEvent {}
}
