//! Making invoices: their lines, drafts, and the moment at which they become final.

use super::coupon::Duration;
use super::invoice::{BillingReason, Invoice, InvoiceStatus, Line};
use super::object::Object as _;
use super::payment::{Payment, PaymentStatus};
use super::state::State;
use super::subscription::{Subscription, SubscriptionStatus};
use super::time::HOUR;

impl State {
    /// The lines of a subscription's present period.
    pub(super) fn period_lines(&mut self, subscription: &Subscription) -> Vec<Line> {
        let is_trial = subscription.status == SubscriptionStatus::Trialing;
        let mut lines = Vec::new();
        for item in &subscription.items {
            let unit_amount = self.prices.get(&item.price).map_or(0, |price| price.unit_amount);
            let name = self.product_name(&item.price);
            lines.push(Line {
                id: self.id("il"),
                item: item.id.clone(),
                price: item.price.clone(),
                quantity: item.quantity,
                amount: if is_trial { 0 } else { unit_amount * item.quantity },
                reduction: 0,
                description: if is_trial {
                    format!("Trial period for {name}")
                } else {
                    format!("{} × {name}", item.quantity)
                },
                start: item.period_start,
                end: item.period_end,
                is_proration: false,
            });
        }
        lines
    }

    /// The name of a price's product.
    pub(super) fn product_name(&self, price: &str) -> String {
        let price = self.prices.get(price);
        let product = price.and_then(|price| self.products.get(&price.product));
        product.map_or_else(|| "product".to_owned(), |product| product.name.clone())
    }

    /// Makes the draft of an invoice. It becomes final in an hour, unless somebody does that before.
    pub(super) fn draft_invoice(
        &mut self,
        subscription: &str,
        reason: BillingReason,
        lines: Vec<Line>,
    ) -> Option<String> {
        let subscription = self.subscriptions.get(subscription)?.clone();
        let now = self.now_of(&subscription.customer);
        let advances = subscription.status != SubscriptionStatus::Unpaid;
        let mut invoice = Invoice {
            id: self.id("in"),
            number: None,
            customer: subscription.customer.clone(),
            subscription: subscription.id.clone(),
            subscription_metadata: subscription.metadata.clone(),
            currency: subscription.currency.clone(),
            created: now,
            status: InvoiceStatus::Draft,
            reason,
            lines,
            discount: None,
            starting_balance: self.balance_of(&subscription.customer),
            ending_balance: None,
            amount_due: 0,
            amount_paid: 0,
            attempt_count: 0,
            advances,
            finalizes_at: advances.then_some(now + HOUR),
            next_attempt: advances.then_some(now + HOUR),
            finalized_at: None,
            paid_at: None,
            voided_at: None,
            payment: None,
        };
        self.apply_discount(&subscription, &mut invoice, now);
        invoice.amount_due = (invoice.total() + invoice.starting_balance).max(0);
        let id = invoice.id.clone();
        let rendered = invoice.render(self);
        self.invoices.insert(id.clone(), invoice);
        self.emit("invoice.created", rendered);
        let latest = Some(id.clone());
        match reason {
            // A subscription is told of as created only with its first invoice.
            BillingReason::Start => {
                if let Some(subscription) = self.subscriptions.get_mut(&subscription.id) {
                    subscription.latest_invoice = latest;
                }
            }
            BillingReason::Renewal | BillingReason::Change => {
                self.change_subscription(&subscription.id, |it| it.latest_invoice = latest);
            }
        }
        Some(id)
    }

    fn balance_of(&self, customer: &str) -> i64 {
        self.customers
            .get(customer)
            .map_or(0, |customer| customer.balance)
    }

    /// Reduces an invoice by the subscription's discount, and ends a discount that is used up.
    fn apply_discount(&mut self, subscription: &Subscription, invoice: &mut Invoice, now: i64) {
        let Some(discount) = &subscription.discount else {
            return;
        };
        let is_over = discount.end.is_some_and(|end| now >= end);
        let mut is_used_up = is_over;
        if let Some(coupon) = self.coupons.get(&discount.coupon).filter(|_| !is_over) {
            let amounts: Vec<i64> = invoice.lines.iter().map(|line| line.amount).collect();
            for (line, reduction) in invoice.lines.iter_mut().zip(coupon.reductions(&amounts)) {
                line.reduction = reduction;
            }
            invoice.discount = Some(discount.id.clone());
            // An invoice of a trial has nothing to reduce, so that a discount for once is kept for the next.
            is_used_up = coupon.duration == Duration::Once && invoice.subtotal() > 0;
        }
        if is_used_up {
            self.change_subscription(&subscription.id, |it| it.discount = None);
        }
    }

    /// Changes an invoice; the caller tells of it.
    pub(super) fn set_invoice(&mut self, id: &str, change: impl FnOnce(&mut Invoice)) {
        if let Some(invoice) = self.invoices.get_mut(id) {
            change(invoice);
        }
    }

    /// Tells of an invoice as it is now.
    pub(super) fn emit_invoice(&mut self, kind: &str, id: &str) {
        if let Some(invoice) = self.invoices.get(id) {
            let rendered = invoice.render(self);
            self.emit(kind, rendered);
        }
    }

    /// Makes a draft final: it gets a number and a payment, and uses up the customer's credit.
    pub(super) fn finalize(&mut self, id: &str) {
        let Some(invoice) = self.invoices.get(id).cloned() else {
            return;
        };
        if invoice.status != InvoiceStatus::Draft {
            return;
        }
        let now = self.now_of(&invoice.customer);
        let mut number = None;
        let with_credit = invoice.total() + self.balance_of(&invoice.customer);
        let ending_balance = with_credit.min(0);
        if let Some(customer) = self.customers.get_mut(&invoice.customer) {
            number = Some(customer.next_invoice_number());
            customer.balance = ending_balance;
            customer.currency = Some(invoice.currency.clone());
        }
        let amount_due = with_credit.max(0);
        let payment = (amount_due > 0).then(|| self.new_payment(&invoice, amount_due, now));
        self.set_invoice(id, |invoice| {
            invoice.status = InvoiceStatus::Open;
            invoice.number = number;
            invoice.amount_due = amount_due;
            invoice.ending_balance = Some(ending_balance);
            invoice.finalized_at = Some(now);
            invoice.finalizes_at = None;
            invoice.next_attempt = None;
            invoice.payment = payment;
        });
        self.emit_invoice("invoice.finalized", id);
    }

    fn new_payment(&mut self, invoice: &Invoice, amount: i64, now: i64) -> String {
        let payment = Payment {
            id: self.id("pi"),
            entry: self.id("inpay"),
            invoice: invoice.id.clone(),
            customer: invoice.customer.clone(),
            created: now,
            amount,
            currency: invoice.currency.clone(),
            status: PaymentStatus::RequiresPaymentMethod,
            method: None,
            latest_charge: None,
            last_error: None,
            paid_at: None,
        };
        let id = payment.id.clone();
        let rendered = payment.render(self);
        self.payments.insert(id.clone(), payment);
        self.emit("payment_intent.created", rendered);
        id
    }

    /// Ends automatic collection of what a subscription owes.
    pub(super) fn stop_collecting(&mut self, subscription: &str) {
        for invoice in self.invoices.values_mut() {
            let is_unpaid = matches!(invoice.status, InvoiceStatus::Draft | InvoiceStatus::Open);
            if invoice.subscription == subscription && is_unpaid {
                invoice.advances = false;
                invoice.finalizes_at = None;
                invoice.next_attempt = None;
            }
        }
    }

    /// Voids an invoice that will not be collected.
    pub(super) fn void(&mut self, id: &str) {
        let Some(invoice) = self.invoices.get(id) else {
            return;
        };
        let now = self.now_of(&invoice.customer);
        let payment = invoice.payment.clone();
        self.set_invoice(id, |invoice| {
            invoice.status = InvoiceStatus::Void;
            invoice.voided_at = Some(now);
            invoice.next_attempt = None;
            invoice.advances = false;
        });
        if let Some(payment) = payment.and_then(|payment| self.payments.get_mut(&payment)) {
            payment.status = PaymentStatus::Canceled;
        }
        self.emit_invoice("invoice.voided", id);
    }
}
