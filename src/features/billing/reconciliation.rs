//! The reconciliation with Stripe: every customer is looked at, those whose row was lost are found by the metadata that
//! Stripe keeps, and what was stored otherwise is told.

use chrono::TimeDelta;

use super::config::Sale;
use super::error::BillingError;
use super::look::look;
use super::store::{self, DriftKind, NewDrift};
use super::stripe_client::Customer;
use crate::id::UserId;
use crate::telemetry;
use crate::work::Core;

/// Time for which webhooks are kept, which Stripe repeats for days.
const KEEP_EVENTS: TimeDelta = TimeDelta::days(30);
/// Time for which differences are kept.
const KEEP_DRIFTS: TimeDelta = TimeDelta::days(90);

/// The result of a reconciliation.
#[derive(Debug, Default)]
pub struct Reconciliation {
    /// Number of customers who were looked at.
    pub customers: usize,
    /// What was stored otherwise than Stripe says, and is not any more.
    pub drifts: Vec<NewDrift>,
    /// Number of customers who could not be looked at.
    pub failures: usize,
}

/// Looks at every customer.
///
/// # Errors
/// [`BillingError`]: Stripe or the database is not there.
pub async fn reconcile(core: &Core, sale: &Sale) -> Result<Reconciliation, BillingError> {
    forget_old(core).await?;
    let mut done = Reconciliation::default();
    find_lost(core, sale, &mut done).await?;
    let mut behind = None;
    loop {
        let mut tx = core.db.begin_without_user().await?;
        let users = store::customers_after(&mut tx, behind).await?;
        tx.commit().await?;
        let Some(last) = users.last() else {
            break;
        };
        behind = Some(*last);
        for user in users {
            let drifts = match look(core, sale, user).await {
                Ok(drifts) => drifts,
                Err(error @ BillingError::Unavailable(_)) => return Err(error),
                Err(error) => {
                    let chain = telemetry::chain(&error);
                    tracing::error!(user.id = %user, "the customer of user {user} cannot be looked at: {chain}");
                    done.failures += 1;
                    continue;
                }
            };
            done.customers += 1;
            note(core, &mut done, drifts).await?;
        }
    }
    tracing::info!(
        customers = done.customers,
        drifts = done.drifts.len(),
        failures = done.failures,
        "reconciled with Stripe"
    );
    Ok(done)
}

/// Gives users the customers at Stripe that were made for them, where their row was lost.
async fn find_lost(core: &Core, sale: &Sale, done: &mut Reconciliation) -> Result<(), BillingError> {
    let mut after = None;
    loop {
        let (customers, next) = sale.stripe.list_customers(after.as_deref()).await?;
        for customer in customers {
            let user = customer.user.as_ref().and_then(|user| user.parse().ok());
            if let Some(user) = user
                && adopt(core, user, &customer).await?
            {
                let lost = NewDrift {
                    kind: DriftKind::LostCustomer,
                    customer: customer.id,
                    subscription: None,
                    stored: None,
                    found: None,
                };
                note(core, done, vec![lost]).await?;
            }
        }
        if next.is_none() {
            return Ok(());
        }
        after = next;
    }
}

/// Stores `customer` as that of `user`. False when they have one, or do not exist.
async fn adopt(core: &Core, user: UserId, customer: &Customer) -> Result<bool, BillingError> {
    let mut work = match core.begin(user).await {
        Err(error) if error.is_of_nobody() => return Ok(false),
        work => work?,
    };
    let attempt = work.ids.next();
    let is_new = store::insert_customer(&mut work, attempt).await?;
    let row = store::find_customer(&mut work, user).await?;
    if row.is_some_and(|row| row.stripe_id.is_some()) {
        work.rollback().await?;
        return Ok(false);
    }
    store::name_customer(&mut work, &customer.id, None).await?;
    work.commit().await?;
    Ok(is_new)
}

async fn note(core: &Core, done: &mut Reconciliation, drifts: Vec<NewDrift>) -> Result<(), BillingError> {
    let now = core.clock.now();
    let mut tx = core.db.begin_without_user().await?;
    for drift in &drifts {
        tracing::warn!(
            customer = drift.customer,
            subscription = drift.subscription,
            "{} was stored otherwise than Stripe says: {} instead of {}",
            drift.kind.as_str(),
            drift.stored.as_deref().unwrap_or("nothing"),
            drift.found.as_deref().unwrap_or("nothing"),
        );
        store::insert_drift(&mut tx, core.ids.next(), drift, now).await?;
    }
    tx.commit().await?;
    done.drifts.extend(drifts);
    Ok(())
}

async fn forget_old(core: &Core) -> Result<(), BillingError> {
    let now = core.clock.now();
    let mut tx = core.db.begin_without_user().await?;
    store::delete_old_events(&mut tx, now - KEEP_EVENTS).await?;
    store::delete_old_drifts(&mut tx, now - KEEP_DRIFTS).await?;
    tx.commit().await?;
    Ok(())
}
