//! The page on which a user buys: one at a time, and the same again for the same choice.
//!
//! ```text
//! turn of the user -> customer -> nothing bought? -> row -> COMMIT -> Stripe, with the row's key -> the row is named
//! ```

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use ring::digest::{SHA256, digest};

use super::config::Sale;
use super::customer::{self, Buyer};
use super::error::{BillingError, Refusal};
use super::ids::CheckoutId;
use super::scheduling;
use super::store::{self, CheckoutRow};
use super::stripe_client::{
    CallKey, Checkout, CheckoutOrder, CheckoutState, Status, StripeFailure, Subscription,
};
use crate::work::Core;

/// Time for which Stripe knows the key of a call, and a page is open.
const LIFE: TimeDelta = TimeDelta::hours(23);

/// Time in which a customer is looked at.
const LOOK_TIME: Duration = Duration::from_secs(5);

/// A choice without a mistake.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    pub(super) price: String,
    pub(super) success_url: String,
    pub(super) cancel_url: String,
}

impl Choice {
    /// Equal for equal choices of one customer.
    fn hash(&self, customer: &str) -> Vec<u8> {
        let parts = [customer, &self.price, &self.success_url, &self.cancel_url].join("\n");
        digest(&SHA256, parts.as_bytes()).as_ref().to_vec()
    }
}

/// A page that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCheckout {
    /// Its address.
    pub url: String,
    /// The time at which it closes.
    pub expires_at: DateTime<Utc>,
}

/// Opens the page of `choice`, or finds it open. The caller has the user's turn.
///
/// # Errors
/// [`BillingError`]; [`Refusal::Subscribed`].
pub(super) async fn open(
    core: &Core,
    sale: &Sale,
    buyer: &Buyer,
    choice: &Choice,
) -> Result<OpenCheckout, BillingError> {
    let customer = customer::ensure(core, sale, buyer).await?;
    // What was bought a moment ago may not be stored yet.
    let subscriptions = sale.stripe.list_subscriptions(&customer).await?;
    if subscriptions.iter().any(is_in_the_way) {
        let mut work = core.begin(buyer.user).await?;
        scheduling::look_soon(&mut work).await?;
        work.commit().await?;
        return Err(Refusal::Subscribed.into());
    }
    let choice_hash = choice.hash(&customer);
    let row = find(core, buyer, &choice_hash).await?;
    if let Some(page) = reuse(sale, row.as_ref()).await? {
        return Ok(page);
    }
    // Another page that is open could be bought on as well.
    let attempt = row.filter(|row| row.stripe_id.is_none()).map(|row| row.id);
    close_others(core, sale, buyer, attempt).await?;
    let id = match attempt {
        Some(id) => id,
        None => begin(core, buyer, &choice_hash).await?,
    };
    let order = CheckoutOrder {
        customer,
        user: buyer.user.to_string(),
        price: choice.price.clone(),
        success_url: choice.success_url.clone(),
        cancel_url: choice.cancel_url.clone(),
        // A trial is for who never subscribed.
        trial_days: if subscriptions.is_empty() {
            sale.trial_days
        } else {
            0
        },
        takes_promotion_codes: sale.takes_promotion_codes,
        has_automatic_tax: sale.has_automatic_tax,
    };
    let made = create(core, sale, buyer, &order, id).await?;
    opened(made).ok_or_else(|| StripeFailure::Unreadable("an open page has no address".to_owned()).into())
}

/// True for a subscription beside which another must not be bought.
fn is_in_the_way(subscription: &Subscription) -> bool {
    !subscription.status.is_final() && subscription.status != Status::Incomplete
}

fn opened(page: Checkout) -> Option<OpenCheckout> {
    let Checkout {
        state,
        url,
        expires_at,
        ..
    } = page;
    let url = url.filter(|_| state == CheckoutState::Open)?;
    Some(OpenCheckout { url, expires_at })
}

async fn find(core: &Core, buyer: &Buyer, choice_hash: &[u8]) -> Result<Option<CheckoutRow>, BillingError> {
    let since = core.clock.now() - LIFE;
    let mut tx = core.db.begin(buyer.user).await?;
    let row = store::find_checkout(&mut tx, buyer.user, choice_hash, since).await?;
    tx.rollback().await?;
    Ok(row)
}

/// The page of `row`, if it is open.
async fn reuse(sale: &Sale, row: Option<&CheckoutRow>) -> Result<Option<OpenCheckout>, BillingError> {
    let Some(id) = row.and_then(|row| row.stripe_id.as_ref()) else {
        return Ok(None);
    };
    match sale.stripe.load_checkout(id).await {
        Ok(page) => Ok(opened(page)),
        Err(StripeFailure::Missing { .. }) => Ok(None),
        Err(failure) => Err(failure.into()),
    }
}

/// Closes and forgets the user's pages, but not that of the `kept` attempt.
async fn close_others(
    core: &Core,
    sale: &Sale,
    buyer: &Buyer,
    kept: Option<CheckoutId>,
) -> Result<(), BillingError> {
    let mut tx = core.db.begin(buyer.user).await?;
    let rows = store::list_checkouts(&mut tx, buyer.user).await?;
    tx.rollback().await?;
    for row in rows.iter().filter(|row| Some(row.id) != kept) {
        if let Some(id) = &row.stripe_id {
            sale.stripe.expire_checkout(id).await?;
        }
        let mut work = core.begin(buyer.user).await?;
        store::delete_checkout(&mut work, row.id).await?;
        work.commit().await?;
    }
    Ok(())
}

/// Stores that the page is going to be asked for.
async fn begin(core: &Core, buyer: &Buyer, choice_hash: &[u8]) -> Result<CheckoutId, BillingError> {
    let mut work = core.begin(buyer.user).await?;
    let id = work.ids.next();
    store::save_checkout(&mut work, id, choice_hash).await?;
    work.commit().await?;
    Ok(id)
}

/// Has Stripe make the page of the attempt `id`. Where nobody knows whether it did, the attempt stays, and with it the key.
async fn create(
    core: &Core,
    sale: &Sale,
    buyer: &Buyer,
    order: &CheckoutOrder,
    id: CheckoutId,
) -> Result<Checkout, BillingError> {
    let made = sale
        .stripe
        .create_checkout(order, CallKey::of("checkout", id))
        .await;
    let mut work = core.begin(buyer.user).await?;
    match &made {
        Ok(page) => store::name_checkout(&mut work, id, &page.id).await?,
        Err(failure) if failure.is_temporary() => {}
        Err(failure) => {
            store::delete_checkout(&mut work, id).await?;
            if is_of_nobody(failure) {
                scheduling::look_soon(&mut work).await?;
            }
        }
    }
    work.commit().await?;
    match made {
        // Deleted at Stripe just now; the look that follows makes room for another.
        Err(failure) if is_of_nobody(&failure) => Err(BillingError::Unavailable(LOOK_TIME)),
        made => Ok(made?),
    }
}

/// True when Stripe knows no such customer.
fn is_of_nobody(failure: &StripeFailure) -> bool {
    matches!(failure, StripeFailure::Missing { parameter } if parameter == "customer")
}
