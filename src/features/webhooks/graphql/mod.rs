//! Webhooks in the schema.

mod event;
mod fields;
mod input;
mod loaders;
mod mutation;
mod objects;
mod payload;

pub use event::WebhookEndpointEvent;
pub use fields::ViewerFields;
pub use input::{CreateWebhookEndpointInput, RedeliverWebhookInput};
pub use input::{UpdateWebhookEndpointInput, WebhookEndpointIdInput};
pub use mutation::Mutation;
pub use objects::{WebhookAttempt, WebhookDelivery, WebhookDeliveryFilter, WebhookEndpoint};
pub use payload::{DeleteWebhookEndpointPayload, WebhookEndpointPayload, WebhookSecretPayload};
pub use payload::{RedeliverWebhookPayload, TestWebhookEndpointPayload};

use async_graphql::{Context, Error, Result};

use super::error::{Refusal, WebhooksError};
use super::model::MAX_ENDPOINTS;
use crate::graphql::{UserError, internal, rate_limited};

/// GraphQL error of a failed query.
fn failed(ctx: &Context<'_>, error: WebhooksError) -> Error {
    match error {
        WebhooksError::TooOften(often) => rate_limited(often.retry_after),
        other => internal(ctx, other),
    }
}

/// Input error of a failed mutation, where the client can correct it; else a GraphQL error.
fn refused(ctx: &Context<'_>, error: WebhooksError) -> Result<UserError> {
    let WebhooksError::Refused(refusal) = error else {
        return Err(failed(ctx, error));
    };
    let words = refusal.to_string();
    Ok(match refusal {
        Refusal::UnknownEndpoint => UserError::unknown(&["webhookEndpointId"], "webhook endpoint"),
        Refusal::UnknownDelivery => UserError::unknown(&["deliveryId"], "delivery"),
        Refusal::UnknownAccount => UserError::unknown(&["accountIds"], "account"),
        Refusal::Url(_) => UserError::invalid(&["url"], words),
        Refusal::Nothing(field) => UserError::invalid(&[field], words),
        Refusal::Untold(_) => UserError::invalid(&["kinds"], words),
        Refusal::Accounts(_) => UserError::invalid(&["accountIds"], words),
        Refusal::Description => UserError::invalid(&["description"], words),
        Refusal::TooMany { used } => UserError::limit(&[], "webhook endpoints", MAX_ENDPOINTS, used, None),
        Refusal::Disabled | Refusal::TooManyAlone => UserError::conflict(&["deliveryId"], words),
    })
}
