use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};

use super::super::ids::InvoiceId;
use super::super::store::{OpenedInvoice, StoredInvoiceState};
use crate::graphql::{Entity, Link, PageCursor};

/// Invoice to the viewer, made by Stripe.
#[derive(Debug, Clone)]
pub struct Invoice(pub OpenedInvoice);

/// Invoice to the viewer, made by Stripe.
#[Object]
impl Invoice {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// Number that is printed on the invoice; null while it is a draft.
    async fn number(&self) -> Option<&str> {
        self.0.number.as_deref()
    }

    /// State of the invoice.
    async fn state(&self) -> StoredInvoiceState {
        self.0.state
    }

    /// Amount with taxes and discounts, in minor units of `currency` such as cents. Negative for a credit.
    async fn total_amount(&self) -> i64 {
        self.0.total
    }

    /// Amount that was paid, in minor units.
    async fn paid_amount(&self) -> i64 {
        self.0.paid
    }

    /// Amount that was given back, in minor units.
    async fn refunded_amount(&self) -> i64 {
        self.0.refunded
    }

    /// Currency of the amounts: a code of ISO 4217, such as `EUR`.
    async fn currency(&self) -> String {
        self.0.currency.to_ascii_uppercase()
    }

    /// Beginning of the period that the invoice is for.
    async fn period_start(&self) -> DateTime<Utc> {
        self.0.period_starts_at
    }

    /// End of the period that the invoice is for.
    async fn period_end(&self) -> DateTime<Utc> {
        self.0.period_ends_at
    }

    /// Page of Stripe's that shows the invoice, and on which it is paid when it is `OPEN`; null while it is a draft. Whoever
    /// has the address sees the page.
    async fn hosted_url(&self) -> Option<Link> {
        self.0.hosted_url.clone().map(Link::of_another_server)
    }

    /// Address of the invoice as PDF; null while it is a draft. Whoever has the address sees the invoice.
    async fn pdf_url(&self) -> Option<Link> {
        self.0.pdf_url.clone().map(Link::of_another_server)
    }

    /// Time at which the invoice was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}

impl Invoice {
    pub(super) fn page_cursor(&self) -> PageCursor {
        PageCursor {
            at: self.0.created_at,
            id: self.0.id.as_uuid(),
        }
    }
}

impl Entity for Invoice {
    type Id = InvoiceId;
    type Row = OpenedInvoice;
    const NAME: &'static str = "invoice";

    fn of(_: &Context<'_>, row: OpenedInvoice) -> Self {
        Self(row)
    }
}
