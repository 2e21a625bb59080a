//! Collecting invoices: charges, and the outcome of slow ones.

use super::charge::{Charge, ChargeStatus};
use super::instrument::{Charged, Decline, Instrument};
use super::invoice::InvoiceStatus;
use super::object::Object as _;
use super::payment::{Payment, PaymentStatus};
use super::state::State;
use super::time::DAY;

/// The days that a bank account takes to pay.
pub(super) const SLOW_DAYS: i64 = 5;

/// The result of an attempt to collect an invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Collected {
    Paid,
    Processing,
    /// Declined, or `None` where there was nothing to charge.
    Failed(Option<Decline>),
}

impl State {
    /// Makes a draft final and collects it.
    pub(super) fn finalize_and_collect(&mut self, invoice: &str) -> Collected {
        self.finalize(invoice);
        self.collect(invoice, None)
    }

    /// Tries to collect an open invoice with a payment method, or with the subscription's.
    pub(super) fn collect(&mut self, id: &str, method: Option<&str>) -> Collected {
        let Some(invoice) = self.invoices.get(id).cloned() else {
            return Collected::Failed(None);
        };
        if invoice.status != InvoiceStatus::Open {
            return Collected::Paid;
        }
        let payment = invoice
            .payment
            .as_ref()
            .and_then(|id| self.payments.get(id))
            .cloned();
        let Some(payment) = payment else {
            self.mark_paid(id);
            return Collected::Paid;
        };
        if payment.status == PaymentStatus::Processing {
            return Collected::Processing;
        }
        let usual = || self.usual_method(&invoice.subscription, &invoice.customer);
        let method = method.map(str::to_owned).or_else(usual);
        self.set_invoice(id, |invoice| {
            invoice.attempt_count += 1;
            invoice.next_attempt = None;
        });
        let charged = method.and_then(|method| {
            let instrument = self.payment_methods.get(&method)?.instrument;
            Some((method, instrument))
        });
        let collected = match charged {
            None => Collected::Failed(None),
            Some((method, instrument)) => self.charge(&payment, method, instrument),
        };
        match collected {
            Collected::Paid => self.mark_paid(id),
            Collected::Processing => self.mark_processing(id),
            Collected::Failed(_) => self.mark_failed(id),
        }
        collected
    }

    /// The payment method that is charged when none is named.
    fn usual_method(&self, subscription: &str, customer: &str) -> Option<String> {
        let subscription = self.subscriptions.get(subscription)?;
        let customers = || self.customers.get(customer)?.default_payment_method.clone();
        subscription.default_payment_method.clone().or_else(customers)
    }

    /// True when there is something to charge for a subscription.
    pub(super) fn has_method(&self, subscription: &str, customer: &str) -> bool {
        self.usual_method(subscription, customer).is_some()
    }

    fn charge(&mut self, payment: &Payment, method: String, instrument: Instrument) -> Collected {
        let now = self.now_of(&payment.customer);
        let charged = instrument.charged();
        let (status, failure) = match charged {
            Charged::Succeeded => (ChargeStatus::Succeeded, None),
            Charged::Processing => (ChargeStatus::Pending, None),
            Charged::Failed(decline) => (ChargeStatus::Failed, Some(decline)),
        };
        let charge = Charge {
            id: self.id("ch"),
            payment: payment.id.clone(),
            customer: payment.customer.clone(),
            created: now,
            amount: payment.amount,
            amount_refunded: 0,
            currency: payment.currency.clone(),
            status,
            failure,
            is_disputed: false,
            method: method.clone(),
            instrument,
        };
        let id = charge.id.clone();
        self.charges.insert(id.clone(), charge);
        if let Some(payment) = self.payments.get_mut(&payment.id) {
            payment.method = Some(method);
            payment.latest_charge = Some(id.clone());
        }
        self.set_payment(&payment.id, charged);
        match charged {
            Charged::Succeeded => {
                if instrument == Instrument::Disputed {
                    self.dispute(&id, "fraudulent");
                }
                Collected::Paid
            }
            Charged::Processing => Collected::Processing,
            Charged::Failed(decline) => Collected::Failed(Some(decline)),
        }
    }

    /// Sets the result of a payment, and tells of it and of its charge.
    fn set_payment(&mut self, id: &str, charged: Charged) {
        let Some(payment) = self.payments.get(id) else {
            return;
        };
        let now = self.now_of(&payment.customer);
        let charge = payment.latest_charge.clone();
        let (status, failure, of_charge, of_payment) = match charged {
            Charged::Succeeded => (
                PaymentStatus::Succeeded,
                None,
                "charge.succeeded",
                "payment_intent.succeeded",
            ),
            Charged::Processing => (
                PaymentStatus::Processing,
                None,
                "charge.pending",
                "payment_intent.processing",
            ),
            Charged::Failed(decline) => (
                PaymentStatus::RequiresPaymentMethod,
                Some(decline),
                "charge.failed",
                "payment_intent.payment_failed",
            ),
        };
        if let Some(payment) = self.payments.get_mut(id) {
            payment.status = status;
            payment.last_error = failure;
            payment.paid_at = (status == PaymentStatus::Succeeded).then_some(now);
        }
        if let Some(charge) = charge.and_then(|charge| self.charges.get(&charge)) {
            let rendered = charge.render(self);
            self.emit(of_charge, rendered);
        }
        if let Some(payment) = self.payments.get(id) {
            let rendered = payment.render(self);
            self.emit(of_payment, rendered);
        }
    }

    /// The moment at which a bank account pays or does not, for a payment that is on its way.
    pub(super) fn settles_at(&self, payment: &Payment) -> Option<i64> {
        let charge = self.charges.get(payment.latest_charge.as_ref()?)?;
        let is_pending = payment.status == PaymentStatus::Processing;
        is_pending.then_some(charge.created + SLOW_DAYS * DAY)
    }

    /// Settles a payment that was on its way.
    pub(super) fn settle(&mut self, id: &str, succeeds: bool) {
        let Some(payment) = self.payments.get(id).cloned() else {
            return;
        };
        let charged = if succeeds {
            Charged::Succeeded
        } else {
            Charged::Failed(Decline::DebitFailed)
        };
        let charge = payment.latest_charge.as_ref();
        if let Some(charge) = charge.and_then(|charge| self.charges.get_mut(charge)) {
            charge.status = if succeeds {
                ChargeStatus::Succeeded
            } else {
                ChargeStatus::Failed
            };
            charge.failure = (!succeeds).then_some(Decline::DebitFailed);
        }
        self.set_payment(id, charged);
        if succeeds {
            self.mark_paid(&payment.invoice);
        } else {
            self.mark_failed(&payment.invoice);
        }
        self.settle_session(&payment.invoice, succeeds);
    }

    /// As [`State::settle`], as the instrument does by itself.
    pub(super) fn settle_by_itself(&mut self, id: &str) {
        let charge = self.payments.get(id).and_then(|it| it.latest_charge.as_ref());
        let charge = charge.and_then(|charge| self.charges.get(charge));
        let succeeds = charge.is_none_or(|charge| charge.instrument != Instrument::SlowDeclined);
        self.settle(id, succeeds);
    }
}
