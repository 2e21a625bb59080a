//! Invoices as they are stored and shown.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::list;
use super::metadata::Metadata;
use super::object::Object;
use super::state::State;
use super::template;

/// The state of an invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum InvoiceStatus {
    Draft,
    Open,
    Paid,
    Void,
}

/// The cause of an invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum BillingReason {
    #[serde(rename = "subscription_create")]
    Start,
    #[serde(rename = "subscription_cycle")]
    Renewal,
    #[serde(rename = "subscription_update")]
    Change,
}

/// A line of an invoice.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) id: String,
    pub(super) item: String,
    pub(super) price: String,
    pub(super) quantity: i64,
    pub(super) amount: i64,
    pub(super) reduction: i64,
    pub(super) description: String,
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) is_proration: bool,
}

/// An invoice of a subscription.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Invoice {
    pub(super) id: String,
    pub(super) number: Option<String>,
    pub(super) customer: String,
    pub(super) subscription: String,
    pub(super) subscription_metadata: Metadata,
    pub(super) currency: String,
    pub(super) created: i64,
    pub(super) status: InvoiceStatus,
    pub(super) reason: BillingReason,
    pub(super) lines: Vec<Line>,
    pub(super) discount: Option<String>,
    pub(super) starting_balance: i64,
    pub(super) ending_balance: Option<i64>,
    pub(super) amount_due: i64,
    pub(super) amount_paid: i64,
    pub(super) attempt_count: usize,
    pub(super) advances: bool,
    pub(super) finalizes_at: Option<i64>,
    pub(super) next_attempt: Option<i64>,
    pub(super) finalized_at: Option<i64>,
    pub(super) paid_at: Option<i64>,
    pub(super) voided_at: Option<i64>,
    pub(super) payment: Option<String>,
}

impl Invoice {
    /// The sum of the lines.
    pub(super) fn subtotal(&self) -> i64 {
        self.lines.iter().map(|line| line.amount).sum()
    }

    /// The sum of the reductions.
    pub(super) fn reduction(&self) -> i64 {
        self.lines.iter().map(|line| line.reduction).sum()
    }

    pub(super) fn total(&self) -> i64 {
        self.subtotal() - self.reduction()
    }

    fn discount_amounts(&self, amount: i64) -> Value {
        match &self.discount {
            Some(discount) if amount != 0 => json!([{ "amount": amount, "discount": discount }]),
            _ => json!([]),
        }
    }

    fn render_line(&self, line: &Line, state: &State) -> Value {
        let price = state.prices.get(&line.price);
        json!({
            "id": line.id,
            "object": "line_item",
            "amount": line.amount,
            "currency": self.currency,
            "description": line.description,
            "discount_amounts": self.discount_amounts(line.reduction),
            "discountable": !line.is_proration,
            "discounts": [],
            "invoice": self.id,
            "livemode": false,
            "metadata": self.subscription_metadata,
            "parent": {
                "type": "subscription_item_details",
                "invoice_item_details": null,
                "subscription_item_details": {
                    "invoice_item": null,
                    "proration": line.is_proration,
                    "proration_details": { "credited_items": null },
                    "subscription": self.subscription,
                    "subscription_item": line.item,
                },
            },
            "period": { "start": line.start, "end": line.end },
            "pretax_credit_amounts": [],
            "pricing": {
                "type": "price_details",
                "price_details": { "price": line.price, "product": price.map(|price| &price.product) },
                "unit_amount_decimal": price.map(|price| price.unit_amount.to_string()),
            },
            "quantity": line.quantity,
            "subtotal": line.amount,
            "taxes": [],
        })
    }
}

impl Object for Invoice {
    const WORD: &'static str = "invoice";

    fn render(&self, state: &State) -> Value {
        let lines = self.lines.iter().map(|line| self.render_line(line, state));
        let customer = state.customers.get(&self.customer);
        let start = self.lines.iter().map(|line| line.start).min();
        let end = self.lines.iter().map(|line| line.end).max();
        let page = self
            .finalized_at
            .map(|_| format!("{}/i/{}", state.base_url, self.id));
        let has_paid = self.status == InvoiceStatus::Paid;
        let remaining = if has_paid || self.status == InvoiceStatus::Void {
            0
        } else {
            self.amount_due - self.amount_paid
        };
        let discounts: Vec<&String> = self.discount.iter().collect();
        let varying = json!({
            "id": self.id,
            "amount_due": self.amount_due,
            "amount_paid": self.amount_paid,
            "amount_remaining": remaining,
            "attempt_count": self.attempt_count,
            "attempted": self.attempt_count > 0 || has_paid,
            "auto_advance": self.advances,
            "automatically_finalizes_at": self.finalizes_at,
            "billing_reason": self.reason,
            "created": self.created,
            "currency": self.currency,
            "customer": self.customer,
            "customer_email": customer.and_then(|customer| customer.email.as_ref()),
            "customer_name": customer.and_then(|customer| customer.name.as_ref()),
            "discounts": discounts,
            "effective_at": self.finalized_at,
            "ending_balance": self.ending_balance,
            "hosted_invoice_url": page,
            "invoice_pdf": page.as_ref().map(|page| format!("{page}/pdf")),
            "lines": list::whole(&format!("/v1/invoices/{}/lines", self.id), lines),
            "next_payment_attempt": self.next_attempt,
            "number": self.number,
            "parent": {
                "type": "subscription_details",
                "quote_details": null,
                "subscription_details": {
                    "metadata": self.subscription_metadata,
                    "subscription": self.subscription,
                },
            },
            "period_end": end.unwrap_or(self.created),
            "period_start": start.unwrap_or(self.created),
            "starting_balance": self.starting_balance,
            "status": self.status,
            "status_transitions": {
                "finalized_at": self.finalized_at,
                "marked_uncollectible_at": null,
                "paid_at": self.paid_at,
                "voided_at": self.voided_at,
            },
            "subtotal": self.subtotal(),
            "subtotal_excluding_tax": self.subtotal(),
            "test_clock": customer.and_then(|customer| customer.test_clock.as_ref()),
            "total": self.total(),
            "total_discount_amounts": self.discount_amounts(self.reduction()),
            "total_excluding_tax": self.total(),
            "webhooks_delivered_at": self.finalized_at,
        });
        template::filled(template::INVOICE, varying)
    }
}
