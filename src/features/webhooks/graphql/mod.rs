//! Webhooks in the schema.

mod admin;
mod event;
mod fields;
mod input;
mod loaders;
mod mutation;
mod objects;
mod payload;

pub use admin::{AdminFields, AdminWebhookDelivery};
pub use event::WebhookEndpointEvent;
pub use fields::ViewerFields;
pub use input::{
    CreateWebhookEndpointInput, DeleteWebhookEndpointInput, RedeliverWebhookDeliveryInput,
    RotateWebhookEndpointSecretInput, TestWebhookEndpointInput, UpdateWebhookEndpointInput,
};
pub use mutation::Mutation;
pub use objects::{WebhookAttempt, WebhookDelivery, WebhookDeliveryFilter, WebhookEndpoint};
pub use payload::{
    CreateWebhookEndpointPayload, DeleteWebhookEndpointPayload, RedeliverWebhookDeliveryPayload,
    RotateWebhookEndpointSecretPayload, TestWebhookEndpointPayload, UpdateWebhookEndpointPayload,
};

use async_graphql::{Context, Result};

use super::error::{Refusal, WebhooksError};
use super::model::MAX_ENDPOINTS;
use super::service::TESTS;
use crate::graphql::{UserError, internal};
use crate::work::Core;

/// Splits a failure into the errors of the payload, and what the client can do nothing about.
fn judge<T>(ctx: &Context<'_>, done: Result<T, WebhooksError>) -> Result<Result<T, Vec<UserError>>> {
    match done {
        Ok(done) => Ok(Ok(done)),
        Err(WebhooksError::Refused(refusals)) => Ok(Err(refusals.iter().map(refused).collect())),
        Err(WebhooksError::TooOften(often)) => {
            let resets_at = ctx.data_unchecked::<Core>().clock.now() + often.retry_after;
            let limit = i32::try_from(TESTS.burst).unwrap_or(i32::MAX);
            let error = UserError::limit(&[], "tests a minute", limit, limit, Some(resets_at));
            Ok(Err(vec![error]))
        }
        Err(other) => Err(internal(ctx, other)),
    }
}

fn refused(refusal: &Refusal) -> UserError {
    let words = refusal.to_string();
    match refusal {
        Refusal::Key(refusal) => refusal.user_error(),
        Refusal::UnknownEndpoint => UserError::unknown(&["webhookEndpointId"], "webhook endpoint"),
        Refusal::UnknownDelivery => UserError::unknown(&["webhookDeliveryId"], "webhook delivery"),
        Refusal::UnknownAccount(index) => UserError::unknown(&["accountIds", &index.to_string()], "account"),
        Refusal::Url(_) => UserError::invalid(&["url"], words),
        Refusal::Nothing(field) => UserError::invalid(&[field], words),
        Refusal::Untold { index, .. } => UserError::invalid(&["kinds", &index.to_string()], words),
        Refusal::Accounts(_) => UserError::invalid(&["accountIds"], words),
        Refusal::Description => UserError::invalid(&["description"], words),
        Refusal::TooMany { used } => UserError::limit(&[], "webhook endpoints", MAX_ENDPOINTS, *used, None),
        Refusal::Disabled | Refusal::TooManyAlone => UserError::conflict(&["webhookDeliveryId"], words),
    }
}
