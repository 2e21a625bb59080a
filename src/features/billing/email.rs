//! The e-mail address of a customer: Stripe is told of each change, for its receipts.

use async_trait::async_trait;
use ring::digest::{SHA256, digest};

use super::config::Sale;
use super::error::BillingError;
use super::scheduling;
use super::store;
use crate::event_consumers::{ConsumeError, EventConsumer};
use crate::hub::{EventKind, EventRow};
use crate::id::UserId;
use crate::work::{Core, Work};

/// Consumer of changed profiles: has Stripe told, where it knows the user.
#[derive(Debug, Clone, Copy)]
pub(super) struct ProfileChanges;

#[async_trait]
impl EventConsumer for ProfileChanges {
    fn name(&self) -> &'static str {
        "billing"
    }

    async fn consume(&self, work: &mut Work, events: &[EventRow]) -> Result<(), ConsumeError> {
        let user = work.user;
        let is_changed = |row: &EventRow| row.event.kind == EventKind::ProfileChanged;
        if events.iter().any(is_changed) && store::find_customer(work, user).await?.is_some() {
            scheduling::tell_email(work).await?;
        }
        Ok(())
    }
}

/// Tells Stripe the e-mail address of `user`, unless it was told already.
///
/// # Errors
/// [`BillingError`].
pub(super) async fn tell(core: &Core, sale: &Sale, user: UserId) -> Result<(), BillingError> {
    let mut tx = core.db.begin(user).await?;
    let email = store::find_user(&mut tx, user).await?.map(|(email, _)| email);
    let customer = store::find_customer(&mut tx, user).await?;
    tx.rollback().await?;
    let (Some(email), Some(customer)) = (email, customer.filter(|row| !row.is_deleted)) else {
        return Ok(());
    };
    let hash = hash(&email);
    let Some(id) = customer.stripe_id else {
        return Ok(());
    };
    if customer.told_email_hash.as_deref() == Some(&hash) {
        return Ok(());
    }
    sale.stripe.change_email(&id, &email).await?;
    let mut work = core.begin(user).await?;
    store::mark_email_told(&mut work, &id, &hash).await?;
    work.commit().await?;
    Ok(())
}

/// The hash by which an address that Stripe was told is known again.
pub(super) fn hash(email: &str) -> Vec<u8> {
    digest(&SHA256, email.as_bytes()).as_ref().to_vec()
}
