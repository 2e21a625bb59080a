//! The customer that a user is at Stripe, made once.

use chrono::{DateTime, Utc};

use super::config::Sale;
use super::email;
use super::error::{BillingError, Refusal};
use super::ids::CustomerAttemptId;
use super::store;
use super::stripe_client::{CallKey, StripeFailure};
use crate::id::UserId;
use crate::work::Core;

/// A user who may buy.
#[derive(Debug, Clone)]
pub(super) struct Buyer {
    pub(super) user: UserId,
    email: String,
}

/// The user, unless they are going to be deleted.
///
/// # Errors
/// [`BillingError`]; [`Refusal::DeletionPlanned`].
pub(super) async fn find_buyer(core: &Core, user: UserId) -> Result<Buyer, BillingError> {
    let mut tx = core.db.begin(user).await?;
    let found: Option<(String, Option<DateTime<Utc>>)> = store::find_user(&mut tx, user).await?;
    tx.rollback().await?;
    match found {
        Some((email, None)) => Ok(Buyer { user, email }),
        Some((_, Some(_))) => Err(Refusal::DeletionPlanned.into()),
        None => Err(diesel::result::Error::NotFound.into()),
    }
}

/// The customer of `user`; none when they are none yet, or were deleted at Stripe.
///
/// # Errors
/// [`BillingError`].
pub(super) async fn find(core: &Core, user: UserId) -> Result<Option<String>, BillingError> {
    let mut tx = core.db.begin(user).await?;
    let row = store::find_customer(&mut tx, user).await?;
    tx.rollback().await?;
    Ok(row.filter(|row| !row.is_deleted).and_then(|row| row.stripe_id))
}

/// The customer of `buyer`, made if there is none. The caller has the user's turn.
///
/// # Errors
/// [`BillingError`].
pub(super) async fn ensure(core: &Core, sale: &Sale, buyer: &Buyer) -> Result<String, BillingError> {
    let (attempt, is_first) = match begin(core, buyer.user).await? {
        Known::Customer(customer) => return Ok(customer),
        Known::Attempt { attempt, is_first } => (attempt, is_first),
    };
    let user = buyer.user.to_string();
    // Stripe forgets the keys of calls after a time, and not what it made by them.
    let made_before = if is_first {
        None
    } else {
        let found = sale.stripe.find_customers(&buyer.email).await?;
        found
            .into_iter()
            .find(|customer| customer.user.as_ref() == Some(&user))
    };
    let customer = match made_before {
        Some(customer) => customer.id,
        None => {
            let key = CallKey::of("customer", attempt);
            let made = sale.stripe.create_customer(&user, &buyer.email, key).await;
            if made.as_ref().is_err_and(StripeFailure::is_temporary) && !is_first {
                renew_attempt(core, buyer.user).await?;
            }
            made?
        }
    };
    let mut work = core.begin(buyer.user).await?;
    let told = email::hash(&buyer.email);
    store::name_customer(&mut work, &customer, Some(&told)).await?;
    work.commit().await?;
    Ok(customer)
}

/// Takes another key for the next attempt: the answer to the present one may be the same failure for ever, and no customer
/// came of it.
async fn renew_attempt(core: &Core, user: UserId) -> Result<(), BillingError> {
    let mut work = core.begin(user).await?;
    let attempt = work.ids.next();
    store::replace_customer(&mut work, attempt).await?;
    work.commit().await?;
    Ok(())
}

enum Known {
    Customer(String),
    /// The attempt to make one, the first or one after which Stripe may have made it.
    Attempt {
        attempt: CustomerAttemptId,
        is_first: bool,
    },
}

/// The customer of `user`, or the attempt to make one, which is stored before Stripe is asked.
async fn begin(core: &Core, user: UserId) -> Result<Known, BillingError> {
    let mut work = core.begin(user).await?;
    let attempt = work.ids.next();
    let is_first = store::insert_customer(&mut work, attempt).await?;
    let row = store::find_customer(&mut work, user).await?;
    let known = match row {
        Some(row) if row.is_deleted => {
            store::replace_customer(&mut work, attempt).await?;
            Known::Attempt {
                attempt,
                is_first: true,
            }
        }
        Some(row) => match row.stripe_id {
            Some(customer) => Known::Customer(customer),
            None => Known::Attempt {
                attempt: row.attempt_id,
                is_first,
            },
        },
        None => Known::Attempt { attempt, is_first },
    };
    work.commit().await?;
    Ok(known)
}
