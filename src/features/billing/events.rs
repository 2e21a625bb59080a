//! Webhooks of Stripe: checked and stored before they are answered, and taken in by a job.
//!
//! Nothing that a webhook says is believed but whom it is about: the job has that customer looked at.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use thiserror::Error;

use super::config::Sale;
use super::error::BillingError;
use super::scheduling;
use super::signature::{self, BadSignature};
use super::store::{self, EventRow, EventState};
use crate::db::DbError;
use crate::jobs::{Done, JobError};
use crate::work::Core;

/// Time for which a webhook of a customer who is not known waits for them.
const WAIT: TimeDelta = TimeDelta::hours(24);
/// First time until such a webhook is looked at again.
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(20);
/// Longest text of a webhook that is kept.
const MAX_CHARS: usize = 255;

/// Refusal of a webhook.
#[derive(Debug, Error)]
pub enum WebhookError {
    /// The operator sells nothing.
    #[error("this server sells nothing")]
    Disabled,
    /// It is not Stripe's, or too old.
    #[error(transparent)]
    Signature(#[from] BadSignature),
    /// It is Stripe's, and no event.
    #[error("the webhook is no event")]
    NoEvent(#[from] serde_json::Error),
    /// It cannot be stored now.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<diesel::result::Error> for WebhookError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Db(error.into())
    }
}

/// An event as Stripe writes it, without what it says of a person.
#[derive(Debug, Deserialize)]
struct Event {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    created: i64,
    api_version: Option<String>,
    data: Data,
}

#[derive(Debug, Deserialize)]
struct Data {
    object: Subject,
}

/// The object of an event, of any type.
#[derive(Debug, Deserialize)]
struct Subject {
    object: Option<String>,
    id: Option<String>,
    customer: Option<Reference>,
    charge: Option<Reference>,
}

/// An id, or the object itself.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Reference {
    Id(String),
    Object { id: String },
    Other(serde::de::IgnoredAny),
}

impl Reference {
    fn into_id(self) -> Option<String> {
        match self {
            Self::Id(id) | Self::Object { id } => Some(id),
            Self::Other(_) => None,
        }
    }
}

impl Event {
    fn into_row(self, now: DateTime<Utc>) -> EventRow {
        let Subject {
            object,
            id,
            customer,
            charge,
        } = self.data.object;
        let customer = match object.as_deref() {
            Some("customer") => id.clone(),
            _ => customer.and_then(Reference::into_id),
        };
        EventRow {
            id: short(self.id),
            kind: short(self.kind),
            object_id: id.map(short),
            customer_id: customer.map(short),
            charge_id: charge.and_then(Reference::into_id).map(short),
            api_version: self.api_version.map(short),
            happened_at: DateTime::from_timestamp(self.created, 0).unwrap_or(now),
            received_at: now,
            state: EventState::Waiting,
        }
    }
}

fn short(text: String) -> String {
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => text[..end].to_owned(),
        None => text,
    }
}

/// Checks a webhook and stores it. One that is stored already is taken again without effect.
///
/// # Errors
/// [`WebhookError`].
pub(super) async fn receive(
    core: &Core,
    sale: &Sale,
    body: &[u8],
    signature: Option<&str>,
) -> Result<(), WebhookError> {
    let now = core.clock.now();
    signature::check(&sale.webhook_secrets, signature, body, now)?;
    let event: Event = serde_json::from_slice(body)?;
    let row = event.into_row(now);
    let mut tx = core.db.begin_without_user().await?;
    if store::insert_event(&mut tx, &row).await? {
        scheduling::take_in_event(&mut tx, &core.ids, now, &row.id).await?;
        tx.wake_on_commit();
    }
    tx.commit().await?;
    tracing::debug!(
        event.id = row.id,
        event.kind = row.kind,
        "received a webhook of Stripe's"
    );
    Ok(())
}

/// Has the customer of a stored webhook looked at.
///
/// # Errors
/// Stripe's, and the database's.
pub(super) async fn take_in(core: &Core, sale: &Sale, id: &str) -> Result<Done, JobError> {
    let mut tx = core.db.begin_without_user().await?;
    let row = store::find_event(&mut tx, id).await?;
    tx.commit().await?;
    let Some(row) = row.filter(|row| row.state == EventState::Waiting) else {
        return Ok(Done::Finished);
    };
    let Some(customer) = customer_of(sale, &row).await? else {
        tracing::debug!(
            event.id = id,
            event.kind = row.kind,
            "a webhook is about no customer"
        );
        return settle(core, id, EventState::Ignored).await;
    };
    let mut tx = core.db.begin_without_user().await?;
    let user = store::user_of_customer(&mut tx, &customer).await?;
    tx.commit().await?;
    let Some(user) = user else {
        return wait(core, &row).await;
    };
    let mut work = core.begin(user).await?;
    scheduling::look_soon(&mut work).await?;
    store::settle_event(&mut work, id, EventState::Done).await?;
    work.commit().await?;
    Ok(Done::Finished)
}

/// The customer whom a webhook is about.
async fn customer_of(sale: &Sale, row: &EventRow) -> Result<Option<String>, BillingError> {
    match (&row.customer_id, &row.charge_id) {
        (Some(customer), _) => Ok(Some(customer.clone())),
        // Of a dispute, only the charge is named.
        (None, Some(charge)) => Ok(sale.stripe.find_payer(charge).await?),
        (None, None) => Ok(None),
    }
}

/// Lets a webhook wait for its customer, whose row may be on its way; for a day, each time twice as long.
async fn wait(core: &Core, row: &EventRow) -> Result<Done, JobError> {
    let now = core.clock.now();
    let waited = now - row.received_at;
    if waited >= WAIT {
        tracing::info!(
            event.id = row.id,
            event.kind = row.kind,
            "a webhook is about nobody known"
        );
        return settle(core, &row.id, EventState::Orphaned).await;
    }
    let next = now + waited.max(FIRST_WAIT);
    Ok(Done::Again(next.min(row.received_at + WAIT)))
}

async fn settle(core: &Core, id: &str, state: EventState) -> Result<Done, JobError> {
    let mut tx = core.db.begin_without_user().await?;
    store::settle_event(&mut tx, id, state).await?;
    tx.commit().await?;
    Ok(Done::Finished)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn row(object: &Value) -> EventRow {
        let event = json!({
            "id": "evt_1", "object": "event", "type": "brand.new", "created": 1_800_000_000,
            "api_version": "2026-09-30.endive", "livemode": false, "data": {"object": object},
        });
        let event: Event = serde_json::from_value(event).unwrap();
        event.into_row(DateTime::UNIX_EPOCH)
    }

    fn customer(object: &Value) -> Option<String> {
        row(object).customer_id
    }

    #[test]
    fn the_customer_of_an_event_is_named_by_its_object_however_it_is_written() {
        let named = Some("cus_1".to_owned());
        assert_eq!(customer(&json!({"object": "customer", "id": "cus_1"})), named);
        assert_eq!(
            customer(&json!({"object": "invoice", "customer": "cus_1"})),
            named
        );
        assert_eq!(
            customer(&json!({"object": "invoice", "customer": {"id": "cus_1"}})),
            named
        );
        assert_eq!(customer(&json!({"object": "invoice", "customer": null})), None);
        assert_eq!(customer(&json!({"object": "invoice", "customer": 7})), None);
        assert_eq!(customer(&json!({"customer": ["cus_1"]})), None);
        assert_eq!(customer(&json!({})), None);
    }

    #[test]
    fn a_dispute_names_its_charge() {
        let row = row(&json!({"object": "dispute", "id": "du_1", "charge": "ch_1"}));

        assert_eq!((row.customer_id, row.charge_id.as_deref()), (None, Some("ch_1")));
    }

    #[test]
    fn nothing_long_is_kept() {
        let row = row(&json!({"object": "customer", "id": "é".repeat(10_000)}));

        assert_eq!(row.customer_id.unwrap().chars().count(), MAX_CHARS);
    }
}
