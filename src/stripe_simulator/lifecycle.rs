//! The states of a subscription, and the results of payments that change them.

use super::dunning::Next;
use super::invoice::{BillingReason, InvoiceStatus};
use super::object::Object as _;
use super::payment::Payment;
use super::state::State;
use super::subscription::{MissingMethod, SubscriptionStatus};

/// The state after an invoice was paid.
fn after_payment(status: SubscriptionStatus, is_settled: bool) -> SubscriptionStatus {
    match status {
        SubscriptionStatus::Incomplete | SubscriptionStatus::Paused => SubscriptionStatus::Active,
        SubscriptionStatus::PastDue | SubscriptionStatus::Unpaid if is_settled => SubscriptionStatus::Active,
        SubscriptionStatus::PastDue
        | SubscriptionStatus::Unpaid
        | SubscriptionStatus::Trialing
        | SubscriptionStatus::Active
        | SubscriptionStatus::IncompleteExpired
        | SubscriptionStatus::Canceled => status,
    }
}

/// The state after an attempt to collect failed.
fn after_failure(status: SubscriptionStatus, next: Next) -> SubscriptionStatus {
    match status {
        SubscriptionStatus::Active | SubscriptionStatus::Trialing | SubscriptionStatus::PastDue => match next
        {
            Next::Retry(_) => SubscriptionStatus::PastDue,
            Next::GiveUp(last) => last,
        },
        SubscriptionStatus::Incomplete
        | SubscriptionStatus::IncompleteExpired
        | SubscriptionStatus::Unpaid
        | SubscriptionStatus::Paused
        | SubscriptionStatus::Canceled => status,
    }
}

impl State {
    /// Marks an invoice as paid, with what follows for its subscription.
    pub(super) fn mark_paid(&mut self, id: &str) {
        let Some(invoice) = self.invoices.get(id).cloned() else {
            return;
        };
        let now = self.now_of(&invoice.customer);
        self.set_invoice(id, |invoice| {
            invoice.status = InvoiceStatus::Paid;
            invoice.amount_paid = invoice.amount_due;
            invoice.paid_at = Some(now);
            invoice.next_attempt = None;
            invoice.advances = false;
        });
        let payment = invoice
            .payment
            .as_ref()
            .and_then(|payment| self.payments.get(payment));
        if let Some(payment) = payment.map(Payment::of_invoice) {
            self.emit("invoice_payment.paid", payment);
        }
        self.emit_invoice("invoice.paid", id);
        self.emit_invoice("invoice.payment_succeeded", id);
        let is_settled = self.is_settled(&invoice.subscription);
        self.change_subscription(&invoice.subscription, |subscription| {
            subscription.status = after_payment(subscription.status, is_settled);
        });
    }

    /// True when the newest final invoice of a subscription is paid: older ones no longer decide its state.
    fn is_settled(&self, subscription: &str) -> bool {
        let theirs = self
            .invoices
            .values()
            .rev()
            .filter(|it| it.subscription == subscription);
        let mut collected =
            theirs.filter(|it| matches!(it.status, InvoiceStatus::Open | InvoiceStatus::Paid));
        collected
            .next()
            .is_none_or(|newest| newest.status == InvoiceStatus::Paid)
    }

    /// Marks an invoice as on its way: the subscription lives meanwhile.
    pub(super) fn mark_processing(&mut self, id: &str) {
        self.emit_invoice("invoice.updated", id);
        let Some(invoice) = self.invoices.get(id) else {
            return;
        };
        let subscription = invoice.subscription.clone();
        self.change_subscription(&subscription, |subscription| {
            if subscription.status == SubscriptionStatus::Incomplete {
                subscription.status = SubscriptionStatus::Active;
            }
        });
    }

    /// Marks an attempt as failed: another is planned, or the subscription is given up.
    pub(super) fn mark_failed(&mut self, id: &str) {
        let Some(invoice) = self.invoices.get(id).cloned() else {
            return;
        };
        let now = self.now_of(&invoice.customer);
        let subscription = self.subscriptions.get(&invoice.subscription);
        let Some(status) = subscription.map(|it| it.status) else {
            return;
        };
        let next = self.dunning.next(invoice.attempt_count, now);
        // A first payment is not tried again: it is up to the customer.
        let is_retried = matches!(
            status,
            SubscriptionStatus::Active | SubscriptionStatus::Trialing | SubscriptionStatus::PastDue
        );
        self.set_invoice(id, |invoice| {
            invoice.next_attempt = match next {
                Next::Retry(moment) if is_retried && invoice.advances => Some(moment),
                Next::Retry(_) | Next::GiveUp(_) => None,
            };
        });
        self.emit_invoice("invoice.payment_failed", id);
        if self.is_settled(&invoice.subscription) {
            return;
        }
        match after_failure(status, next) {
            SubscriptionStatus::Canceled if status != SubscriptionStatus::Canceled => {
                self.end_subscription(&invoice.subscription, "payment_failed");
            }
            after => self.change_subscription(&invoice.subscription, |it| it.status = after),
        }
    }

    /// Begins the next period of a subscription, or ends it where that was asked for.
    pub(super) fn end_period(&mut self, id: &str) {
        let Some(subscription) = self.subscriptions.get(id).cloned() else {
            return;
        };
        let now = self.now_of(&subscription.customer);
        if subscription.cancel_at.is_some_and(|moment| moment <= now) {
            self.end_subscription(id, "cancellation_requested");
            return;
        }
        let was_trial = subscription.status == SubscriptionStatus::Trialing;
        if was_trial && !self.has_method(id, &subscription.customer) {
            match subscription.missing_method {
                MissingMethod::CreateInvoice => {}
                MissingMethod::Pause => return self.pause(id),
                MissingMethod::Cancel => return self.end_subscription(id, "cancellation_requested"),
            }
        }
        self.renew(id, now, was_trial);
    }

    fn renew(&mut self, id: &str, now: i64, was_trial: bool) {
        self.change_subscription(id, |subscription| {
            if was_trial {
                subscription.status = SubscriptionStatus::Active;
                subscription.anchor = now;
            }
            let end = subscription.period.boundary_after(subscription.anchor, now);
            subscription.set_period(now, end);
        });
        let Some(mut subscription) = self.subscriptions.get(id).cloned() else {
            return;
        };
        let mut lines = std::mem::take(&mut subscription.pending);
        lines.extend(self.period_lines(&subscription));
        self.subscriptions.insert(id.to_owned(), subscription);
        self.draft_invoice(id, BillingReason::Renewal, lines);
    }

    fn pause(&mut self, id: &str) {
        self.change_subscription(id, |it| it.status = SubscriptionStatus::Paused);
        self.emit_subscription("customer.subscription.paused", id);
    }

    /// Tells of a subscription as it is now.
    pub(super) fn emit_subscription(&mut self, kind: &str, id: &str) {
        if let Some(subscription) = self.subscriptions.get(id) {
            let rendered = subscription.render(self);
            self.emit(kind, rendered);
        }
    }

    /// Ends the trial's countdown three days before its end, or at once where it is shorter.
    pub(super) fn tell_trial_end(&mut self, id: &str) {
        if let Some(subscription) = self.subscriptions.get_mut(id) {
            subscription.has_told_trial_end = true;
        }
        self.emit_subscription("customer.subscription.trial_will_end", id);
    }

    /// Gives up a subscription whose first payment was not made in time.
    pub(super) fn expire_incomplete(&mut self, id: &str) {
        let first = self
            .subscriptions
            .get(id)
            .and_then(|it| it.latest_invoice.clone());
        if let Some(first) = first {
            self.void(&first);
        }
        self.change_subscription(id, |subscription| {
            subscription.status = SubscriptionStatus::IncompleteExpired;
        });
    }
}

#[cfg(test)]
mod tests {
    use super::SubscriptionStatus::{Active, Canceled, Incomplete, PastDue, Paused, Trialing, Unpaid};
    use super::*;

    #[test]
    fn a_payment_revives_what_owed_and_no_more_than_that() {
        for (before, after) in [
            (Incomplete, Active),
            (Paused, Active),
            (PastDue, Active),
            (Unpaid, Active),
            (Trialing, Trialing),
            (Canceled, Canceled),
        ] {
            assert_eq!(after_payment(before, true), after, "{before:?}");
        }
        assert_eq!(after_payment(PastDue, false), PastDue);
    }

    #[test]
    fn a_failure_is_past_due_until_the_last_retry() {
        assert_eq!(after_failure(Active, Next::Retry(9)), PastDue);
        assert_eq!(after_failure(PastDue, Next::GiveUp(Unpaid)), Unpaid);
        assert_eq!(after_failure(PastDue, Next::GiveUp(Canceled)), Canceled);
        assert_eq!(after_failure(Incomplete, Next::Retry(9)), Incomplete);
    }
}
