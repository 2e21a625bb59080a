use async_graphql::{Context, ID, Result, SimpleObject};

use super::super::model::{Attempt, Delivery, Endpoint};
use super::super::signature::Secret;
use super::objects::{WebhookAttempt, WebhookDelivery, WebhookEndpoint};
use crate::features::schema::Viewer;
use crate::features::webhooks::WebhookEndpointId;
use crate::graphql::UserError;
use crate::id::UserId;

/// Payload of `createWebhookEndpoint`.
#[derive(SimpleObject)]
pub struct CreateWebhookEndpointPayload {
    /// Endpoint that was created; null when there are errors.
    webhook_endpoint: Option<WebhookEndpoint>,
    /// Signing secret, as Standard Webhooks writes it: `whsec_` and base64. Keep it: it is shown again only to the same call
    /// with the same `idempotencyKey`, and not once another took its place. Null then, and when there are errors.
    secret: Option<String>,
    /// The viewer, with their new `webhookEndpoints`; null when there are errors.
    viewer: Option<Viewer>,
    /// Errors in the input; empty on success.
    errors: Vec<UserError>,
}

impl CreateWebhookEndpointPayload {
    pub(super) async fn of(
        ctx: &Context<'_>,
        user: UserId,
        done: Result<Endpoint, Vec<UserError>>,
    ) -> Result<Self> {
        Ok(match done {
            Ok(endpoint) => Self {
                secret: endpoint.first_secret().map(Secret::reveal),
                webhook_endpoint: Some(WebhookEndpoint(endpoint)),
                viewer: Viewer::find(ctx, user).await?,
                errors: Vec::new(),
            },
            Err(errors) => Self {
                webhook_endpoint: None,
                secret: None,
                viewer: None,
                errors,
            },
        })
    }
}

/// Payload of `updateWebhookEndpoint`.
#[derive(SimpleObject)]
pub struct UpdateWebhookEndpointPayload {
    /// Endpoint as it is now; null when there are errors.
    webhook_endpoint: Option<WebhookEndpoint>,
    /// Errors in the input; empty when the change was made.
    errors: Vec<UserError>,
}

impl UpdateWebhookEndpointPayload {
    pub(super) fn of(done: Result<Endpoint, Vec<UserError>>) -> Self {
        let (endpoint, errors) = split(done);
        Self {
            webhook_endpoint: endpoint.map(WebhookEndpoint),
            errors,
        }
    }
}

/// Payload of `rotateWebhookEndpointSecret`.
#[derive(SimpleObject)]
pub struct RotateWebhookEndpointSecretPayload {
    /// Endpoint as it is now; null when there are errors.
    webhook_endpoint: Option<WebhookEndpoint>,
    /// New signing secret, as Standard Webhooks writes it: `whsec_` and base64. Keep it: it is not shown again. Null when
    /// there are errors.
    secret: Option<String>,
    /// Errors in the input; empty on success.
    errors: Vec<UserError>,
}

impl RotateWebhookEndpointSecretPayload {
    pub(super) fn of(done: Result<Endpoint, Vec<UserError>>) -> Self {
        let (endpoint, errors) = split(done);
        Self {
            secret: endpoint.as_ref().map(|endpoint| endpoint.secret.reveal()),
            webhook_endpoint: endpoint.map(WebhookEndpoint),
            errors,
        }
    }
}

/// Payload of `deleteWebhookEndpoint`.
#[derive(SimpleObject)]
pub struct DeleteWebhookEndpointPayload {
    /// Former id of the endpoint, for clients to remove it from lists and caches; null when there are errors.
    deleted_webhook_endpoint_id: Option<ID>,
    /// The viewer, with their new `webhookEndpoints`; null when there are errors.
    viewer: Option<Viewer>,
    /// Errors in the input; empty on success.
    errors: Vec<UserError>,
}

impl DeleteWebhookEndpointPayload {
    pub(super) async fn of(
        ctx: &Context<'_>,
        user: UserId,
        done: Result<WebhookEndpointId, Vec<UserError>>,
    ) -> Result<Self> {
        Ok(match done {
            Ok(id) => Self {
                deleted_webhook_endpoint_id: Some(ID(id.to_global())),
                viewer: Viewer::find(ctx, user).await?,
                errors: Vec::new(),
            },
            Err(errors) => Self {
                deleted_webhook_endpoint_id: None,
                viewer: None,
                errors,
            },
        })
    }
}

/// Payload of `testWebhookEndpoint`.
#[derive(SimpleObject)]
pub struct TestWebhookEndpointPayload {
    /// The request to the endpoint, and its response; null when there are errors.
    attempt: Option<WebhookAttempt>,
    /// Errors in the input; empty when the endpoint was called, also when the endpoint refused the event.
    errors: Vec<UserError>,
}

impl TestWebhookEndpointPayload {
    pub(super) fn of(done: Result<Attempt, Vec<UserError>>) -> Self {
        let (attempt, errors) = split(done);
        Self {
            attempt: attempt.map(WebhookAttempt::from),
            errors,
        }
    }
}

/// Payload of `redeliverWebhookDelivery`.
#[derive(SimpleObject)]
pub struct RedeliverWebhookDeliveryPayload {
    /// Delivery as it is now, `PENDING`; null when there are errors.
    webhook_delivery: Option<WebhookDelivery>,
    /// Errors in the input; empty on success.
    errors: Vec<UserError>,
}

impl RedeliverWebhookDeliveryPayload {
    pub(super) fn of(done: Result<Delivery, Vec<UserError>>) -> Self {
        let (delivery, errors) = split(done);
        Self {
            webhook_delivery: delivery.map(WebhookDelivery),
            errors,
        }
    }
}

fn split<T>(done: Result<T, Vec<UserError>>) -> (Option<T>, Vec<UserError>) {
    match done {
        Ok(done) => (Some(done), Vec::new()),
        Err(errors) => (None, errors),
    }
}
