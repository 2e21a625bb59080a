use async_graphql::{Context, ID, Result, SimpleObject};

use super::super::error::WebhooksError;
use super::super::model::{Attempt, Delivery, Endpoint};
use super::objects::{WebhookAttempt, WebhookDelivery, WebhookEndpoint};
use super::refused;
use crate::features::webhooks::WebhookEndpointId;
use crate::graphql::UserError;

/// Webhook endpoint with a new secret, or the errors in the input.
#[derive(SimpleObject)]
pub struct WebhookSecretPayload {
    /// The endpoint as it is now; null when nothing was done.
    webhook_endpoint: Option<WebhookEndpoint>,
    /// Signing secret, as Standard Webhooks writes it: `whsec_` and base64. It is not shown again;
    /// null when nothing was done.
    secret: Option<String>,
    /// Errors in the input; empty on success.
    errors: Vec<UserError>,
}

impl WebhookSecretPayload {
    pub(super) fn of(ctx: &Context<'_>, done: Result<Endpoint, WebhooksError>) -> Result<Self> {
        let (endpoint, errors) = split(ctx, done)?;
        Ok(Self {
            secret: endpoint.as_ref().map(|endpoint| endpoint.secret.reveal()),
            webhook_endpoint: endpoint.map(WebhookEndpoint),
            errors,
        })
    }
}

/// Webhook endpoint after a change, or the errors in the input.
#[derive(SimpleObject)]
pub struct WebhookEndpointPayload {
    /// The endpoint as it is now; null when nothing was changed.
    webhook_endpoint: Option<WebhookEndpoint>,
    /// Errors in the input; empty on success.
    errors: Vec<UserError>,
}

impl WebhookEndpointPayload {
    pub(super) fn of(ctx: &Context<'_>, done: Result<Endpoint, WebhooksError>) -> Result<Self> {
        let (endpoint, errors) = split(ctx, done)?;
        Ok(Self {
            webhook_endpoint: endpoint.map(WebhookEndpoint),
            errors,
        })
    }
}

/// Deleted webhook endpoint, or the errors in the input.
#[derive(SimpleObject)]
pub struct DeleteWebhookEndpointPayload {
    /// Id of the deleted endpoint; null when nothing was deleted.
    webhook_endpoint_id: Option<ID>,
    /// Errors in the input; empty on success.
    errors: Vec<UserError>,
}

impl DeleteWebhookEndpointPayload {
    pub(super) fn of(ctx: &Context<'_>, done: Result<WebhookEndpointId, WebhooksError>) -> Result<Self> {
        let (id, errors) = split(ctx, done)?;
        Ok(Self {
            webhook_endpoint_id: id.map(|id| ID(id.to_global())),
            errors,
        })
    }
}

/// Result of a test, or the errors in its input.
#[derive(SimpleObject)]
pub struct TestWebhookEndpointPayload {
    /// Response of the endpoint; null when it was not called.
    attempt: Option<WebhookAttempt>,
    /// Errors in the input; empty when the endpoint was called, also when it refused.
    errors: Vec<UserError>,
}

impl TestWebhookEndpointPayload {
    pub(super) fn of(ctx: &Context<'_>, done: Result<Attempt, WebhooksError>) -> Result<Self> {
        let (attempt, errors) = split(ctx, done)?;
        Ok(Self {
            attempt: attempt.map(WebhookAttempt::from),
            errors,
        })
    }
}

/// Repeated delivery, or the errors in the input.
#[derive(SimpleObject)]
pub struct RedeliverWebhookPayload {
    /// The delivery as it is now, `PENDING`; null when nothing was done.
    delivery: Option<WebhookDelivery>,
    /// Errors in the input; empty on success.
    errors: Vec<UserError>,
}

impl RedeliverWebhookPayload {
    pub(super) fn of(ctx: &Context<'_>, done: Result<Delivery, WebhooksError>) -> Result<Self> {
        let (delivery, errors) = split(ctx, done)?;
        Ok(Self {
            delivery: delivery.map(WebhookDelivery),
            errors,
        })
    }
}

fn split<T>(ctx: &Context<'_>, done: Result<T, WebhooksError>) -> Result<(Option<T>, Vec<UserError>)> {
    match done {
        Ok(done) => Ok((Some(done), Vec::new())),
        Err(error) => Ok((None, vec![refused(ctx, error)?])),
    }
}
