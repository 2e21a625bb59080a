use async_graphql::{ID, InputObject, MaybeUndefined};

use super::super::error::Refusal;
use super::super::service::{Change, NamedAccounts, NewEndpoint};
use crate::features::webhooks::{WebhookDeliveryId, WebhookEndpointId};
use crate::graphql::Link;
use crate::hub::EventKind;
use crate::id::AccountId;
use crate::idempotency::Call;

/// Input of `createWebhookEndpoint`.
#[derive(Debug, InputObject)]
pub struct CreateWebhookEndpointInput {
    /// URL to call: `https://`, on the public internet, port 443 or from 1024, without a user name and password.
    url: Link,
    /// Kinds of events to send, 1 or more. Absent or null: all kinds, future ones too.
    kinds: Option<Vec<EventKind>>,
    /// Accounts whose events are sent, 1 to 100. Absent or null: all accounts, and events of no account.
    account_ids: Option<Vec<ID>>,
    /// Note on the endpoint, 1 to 200 visible letters.
    description: Option<String>,
    /// Key that the client makes for each endpoint that it creates, 1 to 64 visible ASCII characters such as a UUID. For 24
    /// hours, the same key with the same input answers with the endpoint that it made, and makes no other; with another
    /// input it is refused (`CONFLICT`). Null: each call makes an endpoint.
    idempotency_key: Option<String>,
}

impl CreateWebhookEndpointInput {
    /// The call, when it has a key.
    pub(super) fn call(&self) -> Option<Call> {
        Call::with_key("createWebhookEndpoint", self.idempotency_key.as_deref(), self)
    }
}

impl From<CreateWebhookEndpointInput> for NewEndpoint {
    fn from(input: CreateWebhookEndpointInput) -> Self {
        Self {
            url: input.url.into_text(),
            kinds: input.kinds,
            accounts: input.account_ids.as_deref().map(account_ids),
            description: input.description,
        }
    }
}

/// Input of `updateWebhookEndpoint`. Absent fields stay as they are.
#[derive(Debug, InputObject)]
pub struct UpdateWebhookEndpointInput {
    /// Id of the endpoint.
    webhook_endpoint_id: ID,
    /// URL to call: `https://`, on the public internet, port 443 or from 1024, without a user name and password.
    url: Option<Link>,
    /// Kinds of events to send, 1 or more. Null: all kinds, future ones too.
    kinds: MaybeUndefined<Vec<EventKind>>,
    /// Accounts whose events are sent, 1 to 100. Null: all accounts, and events of no account.
    account_ids: MaybeUndefined<Vec<ID>>,
    /// Note on the endpoint, 1 to 200 visible letters. Null removes the note.
    description: MaybeUndefined<String>,
    /// True to enable the endpoint, false to disable it. Disabling gives up its pending deliveries; events that happen while
    /// it is disabled are not sent later.
    is_enabled: Option<bool>,
}

impl UpdateWebhookEndpointInput {
    /// The endpoint, none when the id is of none; and the changes.
    pub(super) fn parse(self) -> (Option<WebhookEndpointId>, Change) {
        let id = WebhookEndpointId::from_global(&self.webhook_endpoint_id).ok();
        let change = Change {
            url: self.url.map(Link::into_text),
            kinds: given(self.kinds),
            accounts: given(self.account_ids).map(|ids| ids.as_deref().map(account_ids)),
            description: given(self.description),
            is_enabled: self.is_enabled,
        };
        (id, change)
    }
}

/// Defines the input of a mutation of one endpoint.
macro_rules! endpoint_input {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, InputObject)]
        pub struct $name {
            /// Id of the endpoint.
            webhook_endpoint_id: ID,
        }

        impl $name {
            pub(super) fn parse(&self) -> Result<WebhookEndpointId, Refusal> {
                let id = WebhookEndpointId::from_global(&self.webhook_endpoint_id);
                id.map_err(|_| Refusal::UnknownEndpoint)
            }
        }
    };
}

endpoint_input! {
    /// Input of `rotateWebhookEndpointSecret`.
    RotateWebhookEndpointSecretInput
}

endpoint_input! {
    /// Input of `deleteWebhookEndpoint`.
    DeleteWebhookEndpointInput
}

endpoint_input! {
    /// Input of `testWebhookEndpoint`.
    TestWebhookEndpointInput
}

/// Input of `redeliverWebhookDelivery`.
#[derive(Debug, InputObject)]
pub struct RedeliverWebhookDeliveryInput {
    /// Id of the delivery.
    webhook_delivery_id: ID,
}

impl RedeliverWebhookDeliveryInput {
    pub(super) fn parse(&self) -> Result<WebhookDeliveryId, Refusal> {
        let id = WebhookDeliveryId::from_global(&self.webhook_delivery_id);
        id.map_err(|_| Refusal::UnknownDelivery)
    }
}

fn account_ids(ids: &[ID]) -> NamedAccounts {
    ids.iter().map(|id| AccountId::from_global(id).ok()).collect()
}

/// Absent, null, or a value.
fn given<T>(value: MaybeUndefined<T>) -> Option<Option<T>> {
    match value {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(value)),
    }
}
