//! Stripe's types, translated into ours.

use chrono::{DateTime, Utc};
use stripe_shared::{ChargeStatus, CheckoutSession, DisputeStatus, InvoiceStatus, SubscriptionItem};

use super::StripeFailure;
use super::answers::{
    Charge, ChargeResult, Checkout, Customer, Dispute, DisputeState, Invoice, InvoiceState, Price, Status,
    Subscription,
};
use super::requests::{CHOICE_FIELD, USER_FIELD};

pub(super) fn customer(customer: stripe_shared::Customer) -> Customer {
    Customer {
        id: customer.id.to_string(),
        user: customer
            .metadata
            .and_then(|mut metadata| metadata.remove(USER_FIELD)),
    }
}

pub(super) fn checkout(session: CheckoutSession) -> Result<Checkout, StripeFailure> {
    Ok(Checkout {
        id: session.id.to_string(),
        choice: session
            .metadata
            .and_then(|mut metadata| metadata.remove(CHOICE_FIELD)),
        url: session.url,
        expires_at: time(session.expires_at)?,
    })
}

pub(super) fn subscription(
    subscription: &stripe_shared::Subscription,
) -> Result<Subscription, StripeFailure> {
    let items = &subscription.items.data;
    let starts = items.iter().map(|item| item.current_period_start).min();
    let ends = items.iter().map(|item| item.current_period_end).max();
    // One without items has no period.
    let created = subscription.created;
    let cancels_at = subscription.cancel_at.or_else(|| {
        let end = ends.filter(|_| subscription.cancel_at_period_end);
        end.filter(|_| subscription.ended_at.is_none())
    });
    Ok(Subscription {
        id: subscription.id.to_string(),
        status: Status::of(subscription.status.as_str()),
        prices: items.iter().map(price).collect(),
        currency: subscription.currency.to_string(),
        created_at: time(created)?,
        period_starts_at: time(starts.unwrap_or(created))?,
        period_ends_at: time(ends.unwrap_or(created))?,
        trial_ends_at: subscription.trial_end.map(time).transpose()?,
        cancels_at: cancels_at.map(time).transpose()?,
        ended_at: subscription.ended_at.map(time).transpose()?,
    })
}

fn price(item: &SubscriptionItem) -> Price {
    Price {
        id: item.price.id.to_string(),
        amount: item.price.unit_amount,
    }
}

/// None of an invoice without an id, which is a preview.
pub(super) fn invoice(invoice: &stripe_shared::Invoice) -> Result<Option<Invoice>, StripeFailure> {
    let Some(id) = &invoice.id else {
        return Ok(None);
    };
    let parent = invoice.parent.as_ref();
    let details = parent.and_then(|parent| parent.subscription_details.as_ref());
    // The invoice's own period is that of what was used before it; what it is for stands in its lines.
    let lines = &invoice.lines.data;
    let starts = lines.iter().map(|line| line.period.start).min();
    let ends = lines.iter().map(|line| line.period.end).max();
    let payments = invoice.payments.iter().flat_map(|payments| &payments.data);
    let payments = payments.filter_map(|it| Some(it.payment.payment_intent.as_ref()?.id().to_string()));
    Ok(Some(Invoice {
        id: id.to_string(),
        subscription: details.map(|details| details.subscription.id().to_string()),
        number: invoice.number.clone(),
        state: match &invoice.status {
            Some(InvoiceStatus::Draft) => InvoiceState::Draft,
            Some(InvoiceStatus::Open) => InvoiceState::Open,
            Some(InvoiceStatus::Paid) => InvoiceState::Paid,
            Some(InvoiceStatus::Uncollectible) => InvoiceState::Uncollectible,
            Some(InvoiceStatus::Void) => InvoiceState::Void,
            _ => InvoiceState::Other,
        },
        total: invoice.total,
        paid: invoice.amount_paid,
        currency: invoice.currency.to_string(),
        created_at: time(invoice.created)?,
        period_starts_at: time(starts.unwrap_or(invoice.period_start))?,
        period_ends_at: time(ends.unwrap_or(invoice.period_end))?,
        hosted_url: invoice.hosted_invoice_url.clone(),
        pdf_url: invoice.invoice_pdf.clone(),
        payments: payments.collect(),
    }))
}

pub(super) fn charge(charge: &stripe_shared::Charge) -> Result<Charge, StripeFailure> {
    Ok(Charge {
        id: charge.id.to_string(),
        payment: charge
            .payment_intent
            .as_ref()
            .map(|payment| payment.id().to_string()),
        result: match charge.status {
            ChargeStatus::Succeeded => ChargeResult::Succeeded,
            ChargeStatus::Failed => ChargeResult::Failed,
            // One that is not known is not decided.
            _ => ChargeResult::Pending,
        },
        created_at: time(charge.created)?,
        amount: charge.amount,
        refunded: charge.amount_refunded,
        is_disputed: charge.disputed,
    })
}

pub(super) fn dispute(dispute: &stripe_shared::Dispute) -> Dispute {
    Dispute {
        charge: dispute.charge.id().to_string(),
        state: match dispute.status {
            DisputeStatus::Won | DisputeStatus::Prevented => DisputeState::Won,
            DisputeStatus::Lost => DisputeState::Lost,
            DisputeStatus::WarningClosed
            | DisputeStatus::WarningNeedsResponse
            | DisputeStatus::WarningUnderReview => DisputeState::Inquiry,
            // One that is not known is not decided.
            _ => DisputeState::Open,
        },
    }
}

fn time(seconds: i64) -> Result<DateTime<Utc>, StripeFailure> {
    DateTime::from_timestamp(seconds, 0)
        .ok_or_else(|| StripeFailure::Unreadable(format!("{seconds} is no time")))
}
