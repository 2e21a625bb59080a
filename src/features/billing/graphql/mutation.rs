use async_graphql::{Context, Object, Result};

use super::input::{OpenBillingPortalInput, StartCheckoutInput};
use super::payload::{OpenBillingPortalPayload, StartCheckoutPayload};
use super::{judge, service};
use crate::graphql::viewer;

/// Mutations of the sale of Premium.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mutation;

#[Object(name = "BillingMutation")]
impl Mutation {
    /// Opens a page of Stripe's on which the viewer buys Premium. The same choice again answers with the same page while it
    /// is open; another choice closes it. A viewer who is subscribed is refused (`ALREADY_SUBSCRIBED`); offer them
    /// `openBillingPortal`. The eleventh visit to Stripe's pages in an hour is a `LimitExceeded` in the payload.
    async fn start_checkout(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Choice of the viewer.")] input: StartCheckoutInput,
    ) -> Result<StartCheckoutPayload> {
        let user = viewer(ctx)?.user;
        let started = service(ctx).start_checkout(user, input.into()).await;
        Ok(StartCheckoutPayload::of(judge(ctx, started)?))
    }

    /// Opens a page of Stripe's on which the viewer changes the card, the interval or the end of what they bought, and finds
    /// their invoices. A viewer who never bought anything is refused (`NOTHING_BOUGHT`). Visits count with those of
    /// `startCheckout`.
    async fn open_billing_portal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Way back.")] input: OpenBillingPortalInput,
    ) -> Result<OpenBillingPortalPayload> {
        let user = viewer(ctx)?.user;
        let opened = service(ctx)
            .open_portal(user, &input.return_url.into_text())
            .await;
        Ok(OpenBillingPortalPayload::of(judge(ctx, opened)?))
    }
}
