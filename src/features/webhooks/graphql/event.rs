use crate::features::schema::event_object;

event_object! {
    /// A webhook endpoint was created, changed, disabled or deleted, began to fail or works again: query
    /// `viewer.webhookEndpoints` again.
    WebhookEndpointEvent {}
}
