use async_graphql::{Context, Object, Result};

use super::super::service::WebhooksService;
use super::input::{
    CreateWebhookEndpointInput, DeleteWebhookEndpointInput, RedeliverWebhookDeliveryInput,
    RotateWebhookEndpointSecretInput, TestWebhookEndpointInput, UpdateWebhookEndpointInput,
};
use super::judge;
use super::payload::{
    CreateWebhookEndpointPayload, DeleteWebhookEndpointPayload, RedeliverWebhookDeliveryPayload,
    RotateWebhookEndpointSecretPayload, TestWebhookEndpointPayload, UpdateWebhookEndpointPayload,
};
use crate::graphql::viewer;

/// Mutations of webhooks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mutation;

#[Object(name = "WebhooksMutation")]
impl Mutation {
    /// Creates a webhook endpoint. `WebhookEndpoint` describes the requests to it. A user may have 10 endpoints. The
    /// payload holds the signing secret, which is shown again only to the same call with the same `idempotencyKey`.
    async fn create_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Endpoint to create.")] input: CreateWebhookEndpointInput,
    ) -> Result<CreateWebhookEndpointPayload> {
        let user = viewer(ctx)?.user;
        let call = input.call();
        let created = service(ctx).create(user, input.into(), call.as_ref()).await;
        CreateWebhookEndpointPayload::of(ctx, user, judge(ctx, created)?).await
    }

    /// Changes a webhook endpoint, or enables or disables it.
    async fn update_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Changes to make.")] input: UpdateWebhookEndpointInput,
    ) -> Result<UpdateWebhookEndpointPayload> {
        let user = viewer(ctx)?.user;
        let (id, change) = input.parse();
        let updated = service(ctx).update(user, id, change).await;
        Ok(UpdateWebhookEndpointPayload::of(judge(ctx, updated)?))
    }

    /// Gives a webhook endpoint a new signing secret. For 24 hours requests are also signed with the previous secret, so
    /// that the receiver can be changed in between: `webhook-signature` holds both signatures, with a space between.
    async fn rotate_webhook_endpoint_secret(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Endpoint that gets a new secret.")] input: RotateWebhookEndpointSecretInput,
    ) -> Result<RotateWebhookEndpointSecretPayload> {
        let user = viewer(ctx)?.user;
        let rotated = match input.parse() {
            Ok(id) => service(ctx).rotate(user, id).await,
            Err(refusal) => Err(refusal.into()),
        };
        Ok(RotateWebhookEndpointSecretPayload::of(judge(ctx, rotated)?))
    }

    /// Deletes a webhook endpoint with the log of its deliveries.
    async fn delete_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Endpoint to delete.")] input: DeleteWebhookEndpointInput,
    ) -> Result<DeleteWebhookEndpointPayload> {
        let user = viewer(ctx)?.user;
        let deleted = match input.parse() {
            Ok(id) => service(ctx).delete(user, id).await.map(|()| id),
            Err(refusal) => Err(refusal.into()),
        };
        DeleteWebhookEndpointPayload::of(ctx, user, judge(ctx, deleted)?).await
    }

    /// Calls a webhook endpoint, enabled or not, with an event of the `type` `TEST` whose `subjectId` is the endpoint, and
    /// returns the response. The eleventh test in a minute is a `LimitExceeded` in the payload.
    async fn test_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Endpoint to call.")] input: TestWebhookEndpointInput,
    ) -> Result<TestWebhookEndpointPayload> {
        let user = viewer(ctx)?.user;
        let tested = match input.parse() {
            Ok(id) => service(ctx).test(user, id).await,
            Err(refusal) => Err(refusal.into()),
        };
        Ok(TestWebhookEndpointPayload::of(judge(ctx, tested)?))
    }

    /// Repeats a delivery with the same `webhook-id`: a delivery that was accepted or given up is sent at once and out of
    /// order; a pending one is sent in its place without further delay.
    async fn redeliver_webhook_delivery(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Delivery to repeat.")] input: RedeliverWebhookDeliveryInput,
    ) -> Result<RedeliverWebhookDeliveryPayload> {
        let user = viewer(ctx)?.user;
        let redelivered = match input.parse() {
            Ok(id) => service(ctx).redeliver(user, id).await,
            Err(refusal) => Err(refusal.into()),
        };
        Ok(RedeliverWebhookDeliveryPayload::of(judge(ctx, redelivered)?))
    }
}

fn service<'a>(ctx: &Context<'a>) -> &'a WebhooksService {
    ctx.data_unchecked()
}
