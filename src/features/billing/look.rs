//! A look at everything that Stripe says of a user's customer: asked for, stored, and judged.
//!
//! It never matters why one looks: a webhook that came once, twice, late or not at all leads to the same rows.

use futures::try_join;

use super::config::{Prices, Sale};
use super::consequences::{self, Changes};
use super::error::BillingError;
use super::facts::Records;
use super::store::{self, DriftKind, InvoiceRow, NewDrift, SubscriptionRow};
use super::stripe_client::{Status, Stripe, StripeFailure};
use crate::id::UserId;
use crate::work::{Core, Work};

/// What Stripe says of a customer.
#[derive(Debug)]
enum Found {
    /// Everything of a customer who exists.
    Records(Records),
    /// The customer was deleted.
    Deleted,
}

/// Looks at the customer of `user` and stores what there is; returns what was stored otherwise before. Without a customer
/// there is nothing to look at.
///
/// # Errors
/// [`BillingError`].
pub(super) async fn look(core: &Core, sale: &Sale, user: UserId) -> Result<Vec<NewDrift>, BillingError> {
    let Some((customer, number)) = begin(core, user).await? else {
        return Ok(Vec::new());
    };
    let found = ask(&*sale.stripe, &customer).await?;
    let mut work = core.begin(user).await?;
    work.lock_user().await?;
    // A later question has a later answer, and whoever asked it stores it.
    if !store::mark_looked(&mut work, number).await? {
        work.rollback().await?;
        return Ok(Vec::new());
    }
    let drifts = match found {
        Found::Records(records) => keep(&mut work, &sale.prices, &customer, &records).await?,
        Found::Deleted => bury(&mut work, &customer).await?,
    };
    work.commit().await?;
    Ok(drifts)
}

/// The customer of `user`, and the number of this look at them; none where there is nobody to look at.
async fn begin(core: &Core, user: UserId) -> Result<Option<(String, i64)>, BillingError> {
    let mut work = match core.begin(user).await {
        Err(error) if error.is_of_nobody() => return Ok(None),
        work => work?,
    };
    let row = store::find_customer(&mut work, user).await?;
    let customer = row.filter(|row| !row.is_deleted).and_then(|row| row.stripe_id);
    let Some(customer) = customer else {
        work.rollback().await?;
        return Ok(None);
    };
    let number = store::begin_look(&mut work).await?;
    work.commit().await?;
    Ok(Some((customer, number)))
}

async fn ask(stripe: &dyn Stripe, customer: &str) -> Result<Found, StripeFailure> {
    if stripe.find_customer(customer).await?.is_none() {
        return Ok(Found::Deleted);
    }
    let (subscriptions, invoices, charges) = try_join!(
        stripe.list_subscriptions(customer),
        stripe.list_invoices(customer),
        stripe.list_charges(customer),
    )?;
    let mut disputes = Vec::new();
    for charge in charges.iter().filter(|charge| charge.is_disputed) {
        disputes.extend(stripe.list_disputes(&charge.id).await?);
    }
    Ok(Found::Records(Records {
        subscriptions,
        invoices,
        charges,
        disputes,
    }))
}

/// Stores what Stripe says.
async fn keep(
    work: &mut Work,
    prices: &Prices,
    customer: &str,
    records: &Records,
) -> Result<Vec<NewDrift>, BillingError> {
    let (user, now) = (work.user, work.now);
    let mut known = store::list_subscriptions(work, user).await?;
    let (mut rows, mut changes, mut drifts) = (Vec::new(), Changes::default(), Vec::new());
    for subscription in &records.subscriptions {
        let at = known.iter().position(|row| row.stripe_id == subscription.id);
        let before = at.map(|at| known.swap_remove(at));
        let id = before.as_ref().map_or_else(|| work.ids.next(), |row| row.id);
        let mut row = SubscriptionRow::of(id, subscription, records, prices);
        row.gives_premium = row.facts().judge(now).gives_premium;
        if row.billing_interval.is_none() {
            tracing::info!(
                subscription = row.stripe_id,
                "a subscription is to none of our prices"
            );
        }
        if let Status::Other(word) = &subscription.status {
            tracing::warn!(
                subscription = row.stripe_id,
                "the state {word} of a subscription is not known"
            );
        }
        if before.as_ref() != Some(&row) {
            store::save_subscription(work, &row).await?;
            changes.add(row.id);
            drifts.extend(differences(customer, before.as_ref(), &row));
        }
        rows.push(row);
    }
    // What Stripe does not know of any more gives nothing.
    end_all(work, &mut known, &mut changes).await?;
    keep_invoices(work, records, &rows, &mut changes).await?;
    rows.extend(known);
    consequences::draw(work, &rows, changes).await?;
    Ok(drifts)
}

/// Ends what was bought by a customer who was deleted.
async fn bury(work: &mut Work, customer: &str) -> Result<Vec<NewDrift>, BillingError> {
    let user = work.user;
    let mut rows = store::list_subscriptions(work, user).await?;
    let mut changes = Changes::default();
    store::mark_deleted(work).await?;
    end_all(work, &mut rows, &mut changes).await?;
    consequences::draw(work, &rows, changes).await?;
    tracing::info!(user.id = %user, "the customer of user {user} was deleted at Stripe");
    Ok(vec![NewDrift {
        kind: DriftKind::DeletedCustomer,
        customer: customer.to_owned(),
        subscription: None,
        stored: None,
        found: None,
    }])
}

/// Ends subscriptions that have not ended.
async fn end_all(
    work: &mut Work,
    rows: &mut [SubscriptionRow],
    changes: &mut Changes,
) -> Result<(), BillingError> {
    let now = work.now;
    for row in rows
        .iter_mut()
        .filter(|row| !Status::of(&row.status).is_final() || row.gives_premium)
    {
        Status::Canceled.as_str().clone_into(&mut row.status);
        row.ended_at = row.ended_at.or(Some(now));
        row.cancels_at = None;
        row.gives_premium = false;
        store::save_subscription(work, row).await?;
        changes.add(row.id);
    }
    Ok(())
}

/// Stores the invoices of `rows` that are new or other than before.
async fn keep_invoices(
    work: &mut Work,
    records: &Records,
    rows: &[SubscriptionRow],
    changes: &mut Changes,
) -> Result<(), BillingError> {
    let stripe_ids: Vec<&str> = records
        .invoices
        .iter()
        .map(|invoice| invoice.id.as_str())
        .collect();
    let known = store::find_invoices(work, &stripe_ids).await?;
    for invoice in &records.invoices {
        let of = |row: &&SubscriptionRow| Some(&row.stripe_id) == invoice.subscription.as_ref();
        let Some(subscription) = rows.iter().find(of) else {
            continue;
        };
        let before = known.iter().find(|row| row.stripe_id == invoice.id).cloned();
        let id = before.as_ref().map_or_else(|| work.ids.next(), |row| row.id);
        let row = InvoiceRow::of(id, subscription.id, invoice, records.refunded(invoice), &work.key);
        let before = before.map(|row| row.open(&work.key)).transpose()?;
        if before != Some(row.clone().open(&work.key)?) {
            store::save_invoice(work, &row).await?;
            changes.add(subscription.id);
        }
    }
    Ok(())
}

/// What of a subscription was stored otherwise than Stripe says.
fn differences(customer: &str, before: Option<&SubscriptionRow>, after: &SubscriptionRow) -> Vec<NewDrift> {
    let drift = |kind, stored: Option<String>, found: String| NewDrift {
        kind,
        customer: customer.to_owned(),
        subscription: Some(after.stripe_id.clone()),
        stored,
        found: Some(found),
    };
    let Some(before) = before else {
        return vec![drift(DriftKind::MissedSubscription, None, after.status.clone())];
    };
    let mut drifts = Vec::new();
    let mut compare = |kind, stored: String, found: String| {
        if stored != found {
            drifts.push(drift(kind, Some(stored), found));
        }
    };
    compare(DriftKind::Status, before.status.clone(), after.status.clone());
    let period = |row: &SubscriptionRow| row.period_ends_at.to_rfc3339();
    compare(DriftKind::Period, period(before), period(after));
    let price = |row: &SubscriptionRow| row.billing_interval.map_or("NONE", |it| it.as_str()).to_owned();
    compare(DriftKind::Price, price(before), price(after));
    let payment = |row: &SubscriptionRow| row.last_payment.as_str().to_owned();
    compare(DriftKind::Payment, payment(before), payment(after));
    drifts
}
