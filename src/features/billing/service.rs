use std::sync::Arc;

use chrono::TimeDelta;

use super::checkout::{self, Choice, OpenCheckout};
use super::config::{BillingInterval, Sale};
use super::customer;
use super::error::{BillingError, Refusal};
use super::events::{self, WebhookError};
use super::ids::BillingSubscriptionId;
use super::return_url;
use super::store::{self, OpenedInvoice};
use super::stripe_client::StripeFailure;
use super::turns::Turns;
use crate::features::Parts;
use crate::graphql::Page;
use crate::id::UserId;
use crate::limiter::{Limiter, Rate};
use crate::work::{Core, WorkError};

/// Rate limit of a user's visits to Stripe's pages.
pub(super) const VISITS: Rate = Rate {
    burst: 10,
    per: TimeDelta::hours(1),
};

/// What a user wants to buy.
#[derive(Debug, Clone)]
pub struct WantedCheckout {
    /// The interval of payments.
    pub interval: BillingInterval,
    /// The address after the purchase.
    pub success_url: String,
    /// The address without it.
    pub cancel_url: String,
}

/// The sale of Premium: pages to buy on, the portal, webhooks.
#[derive(Debug, Clone)]
pub struct BillingService {
    core: Core,
    sale: Option<Arc<Sale>>,
    visits: Option<Arc<Limiter>>,
    turns: Arc<Turns>,
}

impl From<&Parts> for BillingService {
    fn from(parts: &Parts) -> Self {
        let core = parts.core.clone();
        let limiter = || Arc::new(core.limiters.limiter("billing_visits", VISITS));
        Self {
            visits: parts.billing.has_limit.then(limiter),
            sale: parts.billing.sale.clone(),
            turns: Arc::default(),
            core,
        }
    }
}

impl BillingService {
    /// Opens a page on which `user` buys Premium, or finds it open.
    ///
    /// # Errors
    /// [`BillingError`].
    pub async fn start_checkout(
        &self,
        user: UserId,
        wanted: WantedCheckout,
    ) -> Result<OpenCheckout, BillingError> {
        let sale = self.sale()?;
        let choice = check(sale, &wanted)?;
        let buyer = customer::find_buyer(&self.core, user).await?;
        self.count_visit(user).await?;
        let _turn = self.turns.take(user).await;
        checkout::open(&self.core, sale, &buyer, &choice).await
    }

    /// Opens the page on which `user` changes or ends what they bought; returns its address.
    ///
    /// # Errors
    /// [`BillingError`]; [`Refusal::NothingBought`].
    pub async fn open_portal(&self, user: UserId, return_url: &str) -> Result<String, BillingError> {
        let sale = self.sale()?;
        let return_url = parse_url(sale, "returnUrl", return_url)?;
        let customer = customer::find(&self.core, user).await?;
        let customer = customer.ok_or(Refusal::NothingBought)?;
        self.count_visit(user).await?;
        match sale.stripe.open_portal(&customer, &return_url).await {
            Ok(url) => Ok(url),
            // Deleted at Stripe just now.
            Err(StripeFailure::Missing { .. }) => Err(Refusal::NothingBought.into()),
            Err(failure) => Err(failure.into()),
        }
    }

    /// Checks a webhook of Stripe's and stores it; a job takes it in.
    ///
    /// # Errors
    /// [`WebhookError`].
    pub async fn receive(&self, body: &[u8], signature: Option<&str>) -> Result<(), WebhookError> {
        let sale = self.sale.as_ref().ok_or(WebhookError::Disabled)?;
        events::receive(&self.core, sale, body, signature).await
    }

    /// True when something is sold.
    pub const fn is_enabled(&self) -> bool {
        self.sale.is_some()
    }

    /// The subscription to show to `user`: one that gives Premium, else the newest.
    ///
    /// # Errors
    /// [`WorkError`].
    pub(super) async fn find_shown(&self, user: UserId) -> Result<Option<BillingSubscriptionId>, WorkError> {
        self.core
            .read(user, async |work| Ok(store::find_shown(work, user).await?))
            .await
    }

    /// A page of the invoices of `user`, newest first, and the number of all when `counts`.
    ///
    /// # Errors
    /// [`WorkError`].
    pub(super) async fn invoices(
        &self,
        user: UserId,
        page: Page,
        counts: bool,
    ) -> Result<(Vec<OpenedInvoice>, Option<i64>), WorkError> {
        self.core
            .read(user, async |work| {
                let total = if counts {
                    Some(store::count_invoices(work, user).await?)
                } else {
                    None
                };
                let rows = store::list_invoices(work, user, page).await?;
                let opened: Result<_, _> = rows.into_iter().map(|row| row.open(&work.key)).collect();
                Ok((opened?, total))
            })
            .await
    }

    /// The invoice by which the user pays what they owe for a subscription.
    ///
    /// # Errors
    /// [`WorkError`].
    pub(super) async fn owed_invoice(
        &self,
        user: UserId,
        subscription: BillingSubscriptionId,
    ) -> Result<Option<OpenedInvoice>, WorkError> {
        self.core
            .read(user, async |work| {
                let row = store::owed_invoice(work, subscription).await?;
                Ok(row.map(|row| row.open(&work.key)).transpose()?)
            })
            .await
    }

    pub(super) const fn core(&self) -> &Core {
        &self.core
    }

    fn sale(&self) -> Result<&Arc<Sale>, BillingError> {
        self.sale.as_ref().ok_or(BillingError::Disabled)
    }

    async fn count_visit(&self, user: UserId) -> Result<(), BillingError> {
        if let Some(visits) = &self.visits {
            visits.spend(&user.to_string()).await?;
        }
        Ok(())
    }
}

/// The choice of a user, or everything that is wrong with it.
fn check(sale: &Sale, wanted: &WantedCheckout) -> Result<Choice, BillingError> {
    let price = sale.prices.sold(wanted.interval);
    let price = price.ok_or(Refusal::Interval(wanted.interval));
    let success_url = parse_url(sale, "successUrl", &wanted.success_url);
    let cancel_url = parse_url(sale, "cancelUrl", &wanted.cancel_url);
    match (price, success_url, cancel_url) {
        (Ok(price), Ok(success_url), Ok(cancel_url)) => Ok(Choice {
            price: price.to_owned(),
            success_url,
            cancel_url,
        }),
        (price, success_url, cancel_url) => {
            let wrong = [price.err(), success_url.err(), cancel_url.err()];
            Err(BillingError::Refused(wrong.into_iter().flatten().collect()))
        }
    }
}

fn parse_url(sale: &Sale, field: &'static str, text: &str) -> Result<String, Refusal> {
    return_url::parse(text, &sale.return_origins).map_err(|mistake| Refusal::ReturnUrl { field, mistake })
}
