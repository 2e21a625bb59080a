//! The page on which a user buys: one at a time, and the same again for the same choice.
//!
//! ```text
//! turn of the user -> customer -> nothing bought? -> page open? -> row -> COMMIT -> Stripe, with the row's key
//! ```
//!
//! Stripe knows which pages are open and for which choice, so that none is lost with an answer. The row is for the key alone.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::HEXLOWER;
use ring::digest::{SHA256, digest};

use super::config::Sale;
use super::customer::{self, Buyer};
use super::error::{BillingError, Refusal};
use super::ids::CheckoutId;
use super::scheduling;
use super::store;
use super::stripe_client::{CallKey, Checkout, CheckoutOrder, Status, StripeFailure, Subscription};
use crate::work::Core;

/// Time for which Stripe knows the key of a call.
const KEY_LIFE: TimeDelta = TimeDelta::hours(23);
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
    let choice_hash = choice.hash(&customer);
    let name = HEXLOWER.encode(&choice_hash);
    // First, so that nothing is bought on another page after the look at what is bought.
    let page = find(sale, &customer, &name).await?;
    // What was bought a moment ago may not be stored yet.
    let subscriptions = sale.stripe.list_subscriptions(&customer).await?;
    if subscriptions.iter().any(is_in_the_way) {
        let mut work = core.begin(buyer.user).await?;
        scheduling::look_soon(&mut work).await?;
        work.commit().await?;
        return Err(Refusal::Subscribed.into());
    }
    if let Some(page) = page {
        return Ok(page);
    }
    for begun in subscriptions.iter().filter(|it| it.status == Status::Incomplete) {
        // Its first payment could still be made, beside that of the new page.
        sale.stripe.cancel_subscription(&begun.id).await?;
    }
    let order = CheckoutOrder {
        customer,
        user: buyer.user.to_string(),
        choice: name,
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
    let attempt = begin(core, buyer, &choice_hash).await?;
    let made = create(core, sale, buyer, &order, attempt).await?;
    opened(made).ok_or_else(|| StripeFailure::Unreadable("an open page has no address".to_owned()).into())
}

/// True for a subscription beside which another must not be bought.
fn is_in_the_way(subscription: &Subscription) -> bool {
    !subscription.status.is_final() && subscription.status != Status::Incomplete
}

fn opened(page: Checkout) -> Option<OpenCheckout> {
    let Checkout { url, expires_at, .. } = page;
    url.map(|url| OpenCheckout { url, expires_at })
}

/// The page that is open for the choice of this name. Others are closed, because one could buy on them as well.
async fn find(sale: &Sale, customer: &str, name: &str) -> Result<Option<OpenCheckout>, BillingError> {
    let mut found = None;
    for page in sale.stripe.list_open_checkouts(customer).await? {
        if found.is_none() && page.choice.as_deref() == Some(name) {
            found = opened(page);
        } else {
            sale.stripe.expire_checkout(&page.id).await?;
        }
    }
    Ok(found)
}

/// An attempt to have a page made.
#[derive(Debug, Clone, Copy)]
struct Attempt {
    id: CheckoutId,
    /// It was made before, and nobody knows how it ended.
    is_repeated: bool,
}

/// Stores that a page is going to be asked for, or finds the attempt whose answer was lost.
async fn begin(core: &Core, buyer: &Buyer, choice_hash: &[u8]) -> Result<Attempt, BillingError> {
    let mut work = core.begin(buyer.user).await?;
    let since = work.now - KEY_LIFE;
    let unanswered = store::find_unanswered(&mut work, buyer.user, choice_hash, since).await?;
    store::forget_checkouts(&mut work, unanswered).await?;
    let attempt = match unanswered {
        Some(id) => Attempt {
            id,
            is_repeated: true,
        },
        None => Attempt {
            id: work.ids.next(),
            is_repeated: false,
        },
    };
    if !attempt.is_repeated {
        store::save_checkout(&mut work, attempt.id, choice_hash).await?;
    }
    work.commit().await?;
    Ok(attempt)
}

/// Has Stripe make the page of an attempt. Where nobody knows whether it did, the attempt stays, and with it the key. The
/// answer to a key may be the same failure for ever: after the second, another is taken, because no page came of the first.
async fn create(
    core: &Core,
    sale: &Sale,
    buyer: &Buyer,
    order: &CheckoutOrder,
    attempt: Attempt,
) -> Result<Checkout, BillingError> {
    let key = CallKey::of("checkout", attempt.id);
    let made = sale.stripe.create_checkout(order, key).await;
    let mut work = core.begin(buyer.user).await?;
    match &made {
        Ok(page) => store::name_checkout(&mut work, attempt.id, &page.id).await?,
        Err(failure) if failure.is_temporary() && !attempt.is_repeated => {}
        Err(failure) => {
            store::forget_checkouts(&mut work, None).await?;
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
