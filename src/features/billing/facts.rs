//! The facts of a subscription that decide on Premium, gathered from everything that Stripe says of a customer.

use chrono::{DateTime, Utc};

use super::stripe_client::{
    Charge, ChargeResult, Dispute, DisputeState, Invoice, InvoiceState, Status, Subscription,
};
use crate::text_enum::text_enum;

text_enum! {
    /// What became of the last payment of a subscription.
    pub enum LastPayment {
        /// There was none.
        None = "NONE",
        /// It was not taken back, or only a part of it.
        Kept = "KEPT",
        /// All of it was given back.
        Refunded = "REFUNDED",
        /// Its payer disputes it, and the bank has not decided.
        Disputed = "DISPUTED",
        /// The bank gave it back to its payer.
        DisputeLost = "DISPUTE_LOST",
    }
}

/// The facts of a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The state at Stripe.
    pub status: Status,
    /// Its price is one that gives Premium.
    pub is_premium: bool,
    /// The beginning of the present period.
    pub period_starts_at: DateTime<Utc>,
    /// The end of the present period.
    pub period_ends_at: DateTime<Utc>,
    /// The end of its trial; none when it had none.
    pub trial_ends_at: Option<DateTime<Utc>>,
    /// Time at which it ends unless that is taken back.
    pub cancels_at: Option<DateTime<Utc>>,
    /// The first refusal of the payment that is owed; none while nothing was refused.
    pub failing_since: Option<DateTime<Utc>>,
    /// An invoice of it was paid, be it one of nothing, as that of a trial is.
    pub was_paid: bool,
    /// What became of the last payment.
    pub last_payment: LastPayment,
}

/// Everything that Stripe says of a customer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Records {
    /// Subscriptions.
    pub subscriptions: Vec<Subscription>,
    /// Invoices.
    pub invoices: Vec<Invoice>,
    /// Charges.
    pub charges: Vec<Charge>,
    /// Disputes.
    pub disputes: Vec<Dispute>,
}

impl Records {
    /// The facts of `subscription`, one of these.
    pub fn facts(&self, subscription: &Subscription, is_premium: bool) -> Facts {
        Facts {
            status: subscription.status.clone(),
            is_premium,
            period_starts_at: subscription.period_starts_at,
            period_ends_at: subscription.period_ends_at,
            trial_ends_at: subscription.trial_ends_at,
            cancels_at: subscription.cancels_at,
            failing_since: self.failing_since(subscription),
            was_paid: self.of(subscription).any(|it| it.state == InvoiceState::Paid),
            last_payment: self.last_payment(subscription),
        }
    }

    /// What was given back of `invoice`.
    pub fn refunded(&self, invoice: &Invoice) -> i64 {
        self.charges_of(invoice).map(|charge| charge.refunded).sum()
    }

    fn of<'a>(&'a self, subscription: &'a Subscription) -> impl Iterator<Item = &'a Invoice> {
        let is_of = |invoice: &&Invoice| invoice.subscription.as_deref() == Some(subscription.id.as_str());
        self.invoices.iter().filter(is_of)
    }

    fn charges_of<'a>(&'a self, invoice: &'a Invoice) -> impl Iterator<Item = &'a Charge> {
        self.charges.iter().filter(|charge| {
            let payment = charge.payment.as_ref();
            payment.is_some_and(|payment| invoice.payments.contains(payment))
        })
    }

    /// The first refusal of the oldest invoice that is owed.
    fn failing_since(&self, subscription: &Subscription) -> Option<DateTime<Utc>> {
        let owed = self
            .of(subscription)
            .filter(|invoice| invoice.state == InvoiceState::Open);
        let oldest = owed.min_by_key(|invoice| invoice.created_at)?;
        let refused = self
            .charges_of(oldest)
            .filter(|charge| charge.result == ChargeResult::Failed);
        refused.map(|charge| charge.created_at).min()
    }

    /// What became of the payment of the newest invoice for which money was paid.
    fn last_payment(&self, subscription: &Subscription) -> LastPayment {
        let paid = self
            .of(subscription)
            .filter(|invoice| invoice.state == InvoiceState::Paid && invoice.paid > 0);
        let Some(newest) = paid.max_by_key(|invoice| (invoice.period_ends_at, invoice.created_at)) else {
            return LastPayment::None;
        };
        let taken: Vec<&Charge> = self
            .charges_of(newest)
            .filter(|charge| charge.result == ChargeResult::Succeeded)
            .collect();
        let amount: i64 = taken.iter().map(|charge| charge.amount).sum();
        let refunded: i64 = taken.iter().map(|charge| charge.refunded).sum();
        let is_disputed = |state| {
            let mut disputes = self.disputes.iter();
            disputes.any(|dispute| dispute.state == state && taken.iter().any(|it| it.id == dispute.charge))
        };
        if is_disputed(DisputeState::Lost) {
            LastPayment::DisputeLost
        } else if is_disputed(DisputeState::Open) {
            LastPayment::Disputed
        } else if amount > 0 && refunded >= amount {
            LastPayment::Refunded
        } else {
            LastPayment::Kept
        }
    }
}
