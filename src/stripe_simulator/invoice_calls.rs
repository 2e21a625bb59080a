//! The calls under `/v1/invoices`.

use serde_json::Value;

use super::collect::Collected;
use super::invoice::{Invoice, InvoiceStatus};
use super::list::{self, Between, Page};
use super::object::{Object as _, found, named};
use super::params::Params;
use super::payment::Payment;
use super::refusal::{Refusal, Result};
use super::state::State;
use super::subscription_calls::no_method;

/// `GET /v1/invoices/{id}`
pub(super) fn retrieve(state: &State, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    Ok(found(&state.invoices, id)?.render(state))
}

/// `GET /v1/invoices/{id}/lines`
pub(super) fn lines(state: &State, id: &str, mut params: Params) -> Result<Value> {
    params.ignore(&["limit"]);
    params.finish()?;
    let invoice = found(&state.invoices, id)?.render(state);
    Ok(invoice["lines"].clone())
}

/// `GET /v1/invoices`
pub(super) fn list(state: &State, mut params: Params) -> Result<Value> {
    let customer = params.text("customer")?;
    let subscription = params.text("subscription")?;
    let status = params.choice("status", &["draft", "open", "paid", "uncollectible", "void"])?;
    let created = Between::take(&mut params, "created")?;
    let page = Page::take(&mut params)?;
    params.finish()?;
    page.of(state, &state.invoices, "/v1/invoices", |invoice: &Invoice| {
        customer
            .as_ref()
            .is_none_or(|customer| invoice.customer == *customer)
            && subscription.as_ref().is_none_or(|it| invoice.subscription == *it)
            && status.is_none_or(|status| serde_json::json!(invoice.status) == status)
            && created.has(invoice.created)
    })
}

/// `POST /v1/invoices/{id}/finalize`
pub(super) fn finalize(state: &mut State, id: &str, mut params: Params) -> Result<Value> {
    params.flag("auto_advance")?;
    params.finish()?;
    if found(&state.invoices, id)?.status != InvoiceStatus::Draft {
        return Err(Refusal::invalid(
            "This invoice is already finalized, you can't re-finalize a non-draft invoice.",
        )
        .code("invoice_not_editable"));
    }
    state.finalize(id);
    state.set_invoice(id, |invoice| invoice.advances = true);
    Ok(found(&state.invoices, id)?.render(state))
}

/// `POST /v1/invoices/{id}/pay`
pub(super) fn pay(state: &mut State, id: &str, mut params: Params) -> Result<Value> {
    let method = params.text("payment_method")?;
    params.flag("off_session")?;
    params.finish()?;
    if let Some(method) = &method {
        named(&state.payment_methods, method, "payment_method")?;
    }
    match found(&state.invoices, id)?.status {
        InvoiceStatus::Paid => {
            return Err(Refusal::invalid("Invoice is already paid"));
        }
        InvoiceStatus::Void => {
            return Err(Refusal::invalid("This invoice is voided and cannot be paid."));
        }
        InvoiceStatus::Draft => state.finalize(id),
        InvoiceStatus::Open => {}
    }
    match state.collect(id, method.as_deref()) {
        Collected::Paid | Collected::Processing => Ok(found(&state.invoices, id)?.render(state)),
        Collected::Failed(Some(decline)) => Err(decline.refusal()),
        Collected::Failed(None) => Err(no_method()),
    }
}

/// `POST /v1/invoices/{id}/void`
pub(super) fn void(state: &mut State, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    if found(&state.invoices, id)?.status != InvoiceStatus::Open {
        return Err(Refusal::invalid(
            "You can only pass in open invoices. This invoice isn't open.",
        ));
    }
    state.void(id);
    Ok(found(&state.invoices, id)?.render(state))
}

/// The payments of an invoice, as it shows them when they are expanded.
pub(super) fn payments(state: &State, id: &str) -> Value {
    let payments = state.payments.values().filter(|payment| payment.invoice == id);
    let data = payments.map(Payment::of_invoice);
    list::whole("/v1/invoice_payments", data)
}
