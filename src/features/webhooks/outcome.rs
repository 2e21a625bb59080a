//! Writes of the outcome of a request to an endpoint.

use serde_json::json;

use super::error::WebhooksError;
use super::model::{Attempt, Delivery, DeliveryState, DisabledReason, Endpoint};
use super::ordered_queue;
use super::schedule::{Failing, next_try};
use super::store;
use crate::features::webhooks::{WebhookDeliveryId, WebhookEndpointId};
use crate::hub::EventKind;
use crate::notices::{self, NewNotice, NoticeKind};
use crate::work::Work;

/// Outcome of one try to deliver an event.
#[derive(Debug)]
pub(super) struct DeliveryOutcome {
    pub(super) delivery: Delivery,
    pub(super) attempt: Attempt,
    /// Earlier delivery that is refused, when this one was sent ahead of it as a probe.
    pub(super) ahead_of: Option<WebhookDeliveryId>,
}

/// Writes the outcomes of events sent to one endpoint, in the order in which they were sent. Does nothing for an
/// endpoint that was deleted meanwhile.
pub(super) async fn record(
    work: &mut Work,
    endpoint: WebhookEndpointId,
    tried: &[DeliveryOutcome],
) -> Result<(), WebhooksError> {
    let Some(row) = store::lock_endpoint(work, endpoint).await? else {
        return Ok(());
    };
    let mut endpoint = row.open(&work.key)?;
    let before = endpoint.failing;
    log(work, tried).await?;
    let mut disabled = None;
    for one in tried {
        if one.attempt.is_success() {
            endpoint.failing = None;
            if let Some(first) = one.ahead_of {
                step_aside(work, first).await?;
            }
            continue;
        }
        let failing = Failing::after(endpoint.failing, work.now);
        endpoint.failing = Some(failing);
        if one.attempt.is_gone() {
            disabled = Some(DisabledReason::Gone);
        } else if failing.is_hopeless() {
            disabled = Some(DisabledReason::Failing);
        }
        if one.ahead_of.is_none() {
            after_failure(work, one).await?;
        }
    }
    if endpoint.failing.is_some() != before.is_some() {
        work.emit(EventKind::WebhookEndpointChanged, None, endpoint.id);
    }
    if let Some(reason) = disabled.filter(|_| endpoint.disabled.is_none()) {
        disable(work, &mut endpoint, reason).await?;
    }
    if endpoint.failing != before || disabled.is_some() {
        store::save_endpoint(work, &endpoint).await?;
    }
    Ok(())
}

/// Inserts every attempt, and settles each delivered event.
async fn log(work: &mut Work, tried: &[DeliveryOutcome]) -> Result<(), WebhooksError> {
    let attempts = tried.iter().map(|one| (one.delivery.id, &one.attempt));
    store::insert_attempts(work, attempts).await?;
    let delivered: Vec<_> = tried
        .iter()
        .filter(|one| one.attempt.is_success())
        .map(|one| one.delivery.id)
        .collect();
    Ok(store::settle_delivered(work, &delivered).await?)
}

/// Schedules the next try of a refused event, or settles it as failed after the last.
async fn after_failure(work: &mut Work, one: &DeliveryOutcome) -> Result<(), WebhooksError> {
    let Some(now_is) = lock_pending(work, one.delivery.id).await? else {
        return Ok(());
    };
    let (tries, now) = (now_is.tries + 1, work.now);
    let spread = work.ids.between(0, 200);
    match next_try(tries, now, spread, one.attempt.retry_at) {
        Some(at) => store::try_again(work, now_is.id, tries, at, now_is.is_alone).await?,
        None => store::settle_failed(work, now_is.id, tries).await?,
    }
    Ok(())
}

/// Takes an event out of the order that is refused while the next one is taken, and sends it again at once: it may be
/// that the endpoint takes everything again.
async fn step_aside(work: &mut Work, first: WebhookDeliveryId) -> Result<(), WebhooksError> {
    let now = work.now;
    if let Some(first) = lock_pending(work, first).await? {
        store::try_again(work, first.id, first.tries, now, true).await?;
        ordered_queue::deliver_alone(work, first.id, now).await?;
    }
    Ok(())
}

/// The delivery, unless it was settled meanwhile.
async fn lock_pending(work: &mut Work, id: WebhookDeliveryId) -> Result<Option<Delivery>, WebhooksError> {
    let found = store::lock_delivery(work, id).await?;
    Ok(found.filter(|delivery| delivery.state == DeliveryState::Pending))
}

/// Turns an endpoint off, gives up what waits for it, and tells its owner if it was not them. The caller saves it.
pub(super) async fn disable(
    work: &mut Work,
    endpoint: &mut Endpoint,
    reason: DisabledReason,
) -> Result<(), WebhooksError> {
    let now = work.now;
    endpoint.disabled = Some(reason);
    store::give_up_pending(work, endpoint.id).await?;
    work.emit(EventKind::WebhookEndpointChanged, None, endpoint.id);
    if reason == DisabledReason::Owner {
        return Ok(());
    }
    let notice = NewNotice {
        kind: NoticeKind::WebhookDisabled,
        account: None,
        // An endpoint may be turned off more than once, and each time is news.
        subject: None,
        details: json!({
            "webhookEndpointId": endpoint.id.to_global(),
            "reason": reason.as_str(),
            "failingSince": endpoint.failing.map(|failing| failing.since),
        }),
        at: now,
    };
    notices::post(work, &notice).await?;
    Ok(())
}
