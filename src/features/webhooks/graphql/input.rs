use async_graphql::{ID, InputObject, MaybeUndefined};

use super::super::error::Refusal;
use super::super::service::{Change, NewEndpoint};
use crate::features::webhooks::{WebhookDeliveryId, WebhookEndpointId};
use crate::hub::EventKind;
use crate::id::AccountId;

/// Input of a new webhook endpoint.
#[derive(Debug, InputObject)]
pub struct CreateWebhookEndpointInput {
    /// URL to call: `https://`, on the public internet, port 443 or from 1024, without a password.
    url: String,
    /// Kinds of events to send; all kinds, future ones too, when absent or null.
    kinds: Option<Vec<EventKind>>,
    /// Accounts whose events are sent, 1 to 100; all, and events of no account, when absent or null.
    account_ids: Option<Vec<ID>>,
    /// A note on it, 1 to 200 visible letters.
    description: Option<String>,
}

impl CreateWebhookEndpointInput {
    pub(super) fn parse(self) -> Result<NewEndpoint, Refusal> {
        Ok(NewEndpoint {
            url: self.url,
            kinds: self.kinds,
            accounts: self.account_ids.as_deref().map(account_ids).transpose()?,
            description: self.description,
        })
    }
}

/// Changes of a webhook endpoint. Absent fields stay as they are.
#[derive(Debug, InputObject)]
pub struct UpdateWebhookEndpointInput {
    /// The endpoint.
    pub(super) webhook_endpoint_id: ID,
    /// URL to call.
    url: Option<String>,
    /// Kinds of events to send; null for all.
    kinds: MaybeUndefined<Vec<EventKind>>,
    /// Accounts whose events are sent; null for all.
    account_ids: MaybeUndefined<Vec<ID>>,
    /// A note on it; null for none.
    description: MaybeUndefined<String>,
    /// True to enable it. Disabling gives up its pending deliveries; events meanwhile are not sent later.
    is_enabled: Option<bool>,
}

impl UpdateWebhookEndpointInput {
    pub(super) fn parse(self) -> Result<(WebhookEndpointId, Change), Refusal> {
        let id = endpoint_id(&self.webhook_endpoint_id)?;
        let accounts = given(self.account_ids).map(|ids| ids.as_deref().map(account_ids).transpose());
        let change = Change {
            url: self.url,
            kinds: given(self.kinds),
            accounts: accounts.transpose()?,
            description: given(self.description),
            is_enabled: self.is_enabled,
        };
        Ok((id, change))
    }
}

/// Webhook endpoint to act on.
#[derive(Debug, InputObject)]
pub struct WebhookEndpointIdInput {
    /// The endpoint.
    webhook_endpoint_id: ID,
}

impl WebhookEndpointIdInput {
    pub(super) fn parse(&self) -> Result<WebhookEndpointId, Refusal> {
        endpoint_id(&self.webhook_endpoint_id)
    }
}

/// Delivery to repeat.
#[derive(Debug, InputObject)]
pub struct RedeliverWebhookInput {
    /// The delivery.
    delivery_id: ID,
}

impl RedeliverWebhookInput {
    pub(super) fn parse(&self) -> Result<WebhookDeliveryId, Refusal> {
        WebhookDeliveryId::from_global(&self.delivery_id).map_err(|_| Refusal::UnknownDelivery)
    }
}

fn endpoint_id(id: &ID) -> Result<WebhookEndpointId, Refusal> {
    WebhookEndpointId::from_global(id).map_err(|_| Refusal::UnknownEndpoint)
}

fn account_ids(ids: &[ID]) -> Result<Vec<AccountId>, Refusal> {
    let parsed: Result<_, _> = ids.iter().map(|id| AccountId::from_global(id)).collect();
    parsed.map_err(|_| Refusal::UnknownAccount)
}

/// Absent, null, or a value.
fn given<T>(value: MaybeUndefined<T>) -> Option<Option<T>> {
    match value {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(value)),
    }
}
