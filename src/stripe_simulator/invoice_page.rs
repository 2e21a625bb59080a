//! The page of an invoice, where a customer pays what is owed.

use super::collect::Collected;
use super::html::{self, money};
use super::instrument::Decline;
use super::invoice::InvoiceStatus;
use super::object::found;
use super::pages::{Fields, required_instrument};
use super::refusal::{Refusal, Result};
use super::state::State;

/// Pays an open invoice.
pub(super) fn act(state: &mut State, id: &str, fields: &Fields) -> Result<()> {
    let invoice = found(&state.invoices, id)?;
    if invoice.status != InvoiceStatus::Open {
        return Err(Refusal::invalid("This invoice is not open."));
    }
    let customer = invoice.customer.clone();
    let method = state.attach(&customer, required_instrument(fields)?)?;
    match state.collect(id, Some(&method)) {
        Collected::Paid | Collected::Processing => Ok(()),
        Collected::Failed(decline) => Err(decline.unwrap_or(Decline::Generic).refusal()),
    }
}

/// The page.
pub(super) fn show(state: &State, id: &str, error: Option<&str>) -> Result<String> {
    let invoice = found(&state.invoices, id)?;
    let status = match invoice.status {
        InvoiceStatus::Draft => "not final yet",
        InvoiceStatus::Open => "to be paid",
        InvoiceStatus::Paid => "paid",
        InvoiceStatus::Void => "void",
    };
    let is_open = invoice.status == InvoiceStatus::Open;
    let body = [
        html::list(invoice.lines.iter().map(|line| {
            let amount = money(line.amount, &invoice.currency);
            format!("{}: {amount}", line.description)
        })),
        html::labelled("Amount due", "due", &money(invoice.amount_due, &invoice.currency)),
        html::labelled("Status", "status", status),
        if is_open {
            html::form("pay", &html::card_field(), "Pay")
        } else {
            String::new()
        },
    ];
    Ok(html::page("Invoice", error, &body.concat()))
}
