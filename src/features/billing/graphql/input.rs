use async_graphql::InputObject;

use super::super::config::BillingInterval;
use super::super::service::WantedCheckout;
use crate::graphql::Link;

/// Input of `startCheckout`.
#[derive(Debug, InputObject)]
pub struct StartCheckoutInput {
    /// Interval at which Premium is paid.
    interval: BillingInterval,
    /// Page of yours to which the viewer is sent after the purchase, of an origin that the server's operator allows. In it,
    /// `{CHECKOUT_SESSION_ID}` is replaced by an id of Stripe's. The plan may change a moment later:
    /// `billingSubscriptionChanged` tells.
    success_url: Link,
    /// Page of yours to which the viewer is sent when they go back without a purchase, of such an origin.
    cancel_url: Link,
}

impl From<StartCheckoutInput> for WantedCheckout {
    fn from(input: StartCheckoutInput) -> Self {
        Self {
            interval: input.interval,
            success_url: input.success_url.into_text(),
            cancel_url: input.cancel_url.into_text(),
        }
    }
}

/// Input of `openBillingPortal`.
#[derive(Debug, InputObject)]
pub struct OpenBillingPortalInput {
    /// Page of yours to which the portal leads back, of an origin that the server's operator allows.
    pub(super) return_url: Link,
}
