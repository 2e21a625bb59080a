use async_graphql::{Context, Object, Result};

use super::super::service::WebhooksService;
use super::input::{
    CreateWebhookEndpointInput, RedeliverWebhookInput, UpdateWebhookEndpointInput, WebhookEndpointIdInput,
};
use super::payload::{
    DeleteWebhookEndpointPayload, RedeliverWebhookPayload, TestWebhookEndpointPayload,
    WebhookEndpointPayload, WebhookSecretPayload,
};
use crate::graphql::viewer;

/// Mutations of webhooks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mutation;

#[Object(name = "WebhooksMutation")]
impl Mutation {
    /// Creates a webhook endpoint. Each event is sent to its URL, signed as Standard Webhooks specifies, as a POST of
    /// `{"type": "STATUS_LIKED", "timestamp": …, "data": {"eventId", "sequence", "cursor", "accountId", "subjectId",
    /// "occurredAt"}}`, where `type` is an `EventKind`, `subjectId` the id of the changed item for `node(id:)` (null after
    /// `KEPT_ITEM_REMOVED`), and `cursor` the position for `events(after:)`. Events of one account come in order, each at least
    /// once, with a `webhook-id` that stays the same. A user may have 10 endpoints. The answer holds the secret, which is
    /// not shown again.
    async fn create_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Endpoint to create.")] input: CreateWebhookEndpointInput,
    ) -> Result<WebhookSecretPayload> {
        let user = viewer(ctx)?.user;
        let service = ctx.data_unchecked::<WebhooksService>();
        let created = match input.parse() {
            Ok(new) => service.create(user, new).await,
            Err(refusal) => Err(refusal.into()),
        };
        WebhookSecretPayload::of(ctx, created)
    }

    /// Changes a webhook endpoint, or enables or disables it.
    async fn update_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Changes to make.")] input: UpdateWebhookEndpointInput,
    ) -> Result<WebhookEndpointPayload> {
        let user = viewer(ctx)?.user;
        let service = ctx.data_unchecked::<WebhooksService>();
        let updated = match input.parse() {
            Ok((id, change)) => service.update(user, id, change).await,
            Err(refusal) => Err(refusal.into()),
        };
        WebhookEndpointPayload::of(ctx, updated)
    }

    /// Gives a webhook endpoint a new secret. For 24 hours requests are also signed with the previous one, so that the
    /// receiver can be changed in between: `webhook-signature` holds both, with a space between.
    async fn rotate_webhook_secret(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Endpoint.")] input: WebhookEndpointIdInput,
    ) -> Result<WebhookSecretPayload> {
        let user = viewer(ctx)?.user;
        let service = ctx.data_unchecked::<WebhooksService>();
        let rotated = match input.parse() {
            Ok(id) => service.rotate(user, id).await,
            Err(refusal) => Err(refusal.into()),
        };
        WebhookSecretPayload::of(ctx, rotated)
    }

    /// Deletes a webhook endpoint with its log.
    async fn delete_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Endpoint.")] input: WebhookEndpointIdInput,
    ) -> Result<DeleteWebhookEndpointPayload> {
        let user = viewer(ctx)?.user;
        let service = ctx.data_unchecked::<WebhooksService>();
        let deleted = match input.parse() {
            Ok(id) => service.delete(user, id).await.map(|()| id),
            Err(refusal) => Err(refusal.into()),
        };
        DeleteWebhookEndpointPayload::of(ctx, deleted)
    }

    /// Calls a webhook endpoint with an event of `type` `TEST`, whose `subjectId` is the endpoint, and returns the
    /// response. At most 10 times a minute.
    async fn test_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Endpoint; may be disabled.")] input: WebhookEndpointIdInput,
    ) -> Result<TestWebhookEndpointPayload> {
        let user = viewer(ctx)?.user;
        let service = ctx.data_unchecked::<WebhooksService>();
        let tested = match input.parse() {
            Ok(id) => service.test(user, id).await,
            Err(refusal) => Err(refusal.into()),
        };
        TestWebhookEndpointPayload::of(ctx, tested)
    }

    /// Repeats a delivery, with the same `webhook-id`: a settled one at once, out of the order; a pending one with no
    /// further delay, in its place.
    async fn redeliver_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Delivery.")] input: RedeliverWebhookInput,
    ) -> Result<RedeliverWebhookPayload> {
        let user = viewer(ctx)?.user;
        let service = ctx.data_unchecked::<WebhooksService>();
        let redelivered = match input.parse() {
            Ok(id) => service.redeliver(user, id).await,
            Err(refusal) => Err(refusal.into()),
        };
        RedeliverWebhookPayload::of(ctx, redelivered)
    }
}
