use thiserror::Error;

use super::model::{MAX_ALONE, MAX_ENDPOINTS};
use super::store::Unreadable;
use crate::crypto::CryptoError;
use crate::egress;
use crate::hub::EventKind;
use crate::idempotency::KeyRefusal;
use crate::limiter::TooOften;
use crate::work::WorkError;

/// Error of an operation.
#[derive(Debug, Error)]
pub enum WebhooksError {
    /// The database or the user's key failed.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// A stored value cannot be read.
    #[error("a kept webhook endpoint cannot be read")]
    Unreadable(#[from] Unreadable),
    /// Tests were sent too often.
    #[error(transparent)]
    TooOften(#[from] TooOften),
    /// The user asked for what cannot be: all of it is told.
    #[error("the request was refused for {} reasons", .0.len())]
    Refused(Vec<Refusal>),
}

impl From<Refusal> for WebhooksError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(vec![refusal])
    }
}

impl From<diesel::result::Error> for WebhooksError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}

impl From<CryptoError> for WebhooksError {
    fn from(error: CryptoError) -> Self {
        Self::Unreadable(error.into())
    }
}

/// Refusal of a user's request.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The key of the call was refused.
    #[error(transparent)]
    Key(#[from] KeyRefusal),
    /// The endpoint is not the user's.
    #[error("there is no such webhook endpoint")]
    UnknownEndpoint,
    /// The delivery is not the user's.
    #[error("there is no such delivery")]
    UnknownDelivery,
    /// The account at this index of the list is not the user's.
    #[error("there is no such account")]
    UnknownAccount(usize),
    /// The address is not to be called.
    #[error(transparent)]
    Url(#[from] egress::Refusal),
    /// The endpoint would receive nothing.
    #[error("the list is empty, so nothing would be sent; name some, or pass null for all")]
    Nothing(&'static str),
    /// A kind that is not sent.
    #[error("{} is not sent to webhooks; subscribe to {} instead", .kind.as_str(), subscription(*.kind))]
    Untold {
        /// Its index in the list.
        index: usize,
        /// The kind.
        kind: EventKind,
    },
    /// Too many accounts.
    #[error("there are {0} accounts; name at most 100, or pass null for all")]
    Accounts(usize),
    /// The description is too long, or nothing of it can be seen.
    #[error("a description has 1 to 200 visible letters; pass null for none")]
    Description,
    /// There are as many as there may be.
    #[error("there are {used} webhook endpoints, and {MAX_ENDPOINTS} are allowed")]
    TooMany {
        /// Number in use.
        used: i32,
    },
    /// The endpoint is turned off.
    #[error("the endpoint is turned off; turn it on with updateWebhookEndpoint first")]
    Disabled,
    /// The maximum number of deliveries is being repeated already.
    #[error(
        "{MAX_ALONE} deliveries of the endpoint are being made again; wait until some were taken or given up, or read \
         what was missed from events(after:)"
    )]
    TooManyAlone,
}

/// The subscription to a kind that is not sent to webhooks.
const fn subscription(kind: EventKind) -> &'static str {
    if matches!(kind, EventKind::AccessTokenChanged) {
        "accessTokenChanged"
    } else {
        "webhookEndpointChanged"
    }
}
