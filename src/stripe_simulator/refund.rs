//! Refunds.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::charge::{Charge, ChargeStatus};
use super::list::{self, Page};
use super::metadata::{Change, Metadata};
use super::object::{Object, found, named};
use super::params::Params;
use super::refusal::{Refusal, Result};
use super::state::State;

/// An amount that was given back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Refund {
    id: String,
    created: i64,
    amount: i64,
    currency: String,
    pub(super) charge: String,
    payment: String,
    reason: Option<String>,
    metadata: Metadata,
}

impl Object for Refund {
    const WORD: &'static str = "refund";

    fn render(&self, _: &State) -> Value {
        json!({
            "id": self.id,
            "object": "refund",
            "amount": self.amount,
            "balance_transaction": null,
            "charge": self.charge,
            "created": self.created,
            "currency": self.currency,
            "destination_details": { "card": { "reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund" }, "type": "card" },
            "metadata": self.metadata,
            "payment_intent": self.payment,
            "reason": self.reason,
            "receipt_number": null,
            "source_transfer_reversal": null,
            "status": "succeeded",
            "transfer_reversal": null,
        })
    }
}

/// `POST /v1/refunds`
pub(super) fn create(state: &mut State, mut params: Params) -> Result<Value> {
    let charge = params.text("charge")?;
    let payment = params.text("payment_intent")?;
    let amount = params.integer_within("amount", 1, i64::MAX)?;
    let reason = params.choice("reason", &["duplicate", "fraudulent", "requested_by_customer"])?;
    let metadata = Change::take(&mut params)?.into_new()?;
    params.finish()?;
    let charge = match (charge, payment) {
        (Some(charge), _) => named(&state.charges, &charge, "charge")?.clone(),
        (None, Some(payment)) => charge_of(state, &payment)?,
        (None, None) => {
            let message =
                "One of the following params should be provided for this request: payment_intent or charge.";
            return Err(Refusal::invalid(message).code("parameter_missing"));
        }
    };
    let amount = refundable(&charge, amount)?;
    let refund = Refund {
        id: state.id("re"),
        created: state.now_of(&charge.customer),
        amount,
        currency: charge.currency.clone(),
        charge: charge.id.clone(),
        payment: charge.payment.clone(),
        reason: reason.map(str::to_owned),
        metadata,
    };
    let before = charge.render(state);
    if let Some(charge) = state.charges.get_mut(&charge.id) {
        charge.amount_refunded += amount;
    }
    let after = found(&state.charges, &charge.id)?.render(state);
    let rendered = refund.render(state);
    state.refunds.insert(refund.id.clone(), refund);
    state.emit("refund.created", rendered.clone());
    state.emit_change("charge.refunded", &before, after);
    Ok(rendered)
}

fn charge_of(state: &State, payment: &str) -> Result<Charge> {
    let payment = named(&state.payments, payment, "payment_intent")?;
    let charge = payment
        .latest_charge
        .as_ref()
        .and_then(|id| state.charges.get(id));
    charge.cloned().ok_or_else(|| {
        Refusal::invalid("This PaymentIntent does not have a successful charge to refund.")
            .param("payment_intent")
    })
}

/// The amount that is given back, where it may be.
fn refundable(charge: &Charge, amount: Option<i64>) -> Result<i64> {
    let left = charge.amount - charge.amount_refunded;
    if charge.status != ChargeStatus::Succeeded {
        let message = format!(
            "Charge {} has not succeeded, so that it cannot be refunded.",
            charge.id
        );
        return Err(Refusal::invalid(message));
    }
    if charge.is_disputed {
        let message = format!(
            "Charge {} has been charged back; cannot issue a refund.",
            charge.id
        );
        return Err(Refusal::invalid(message).code("charge_disputed"));
    }
    if left == 0 {
        let message = format!("Charge {} has already been refunded.", charge.id);
        return Err(Refusal::invalid(message).code("charge_already_refunded"));
    }
    let amount = amount.unwrap_or(left);
    if amount > left {
        let message =
            format!("Refund amount ({amount}) is greater than unrefunded amount on charge ({left})");
        return Err(Refusal::invalid(message).param("amount"));
    }
    Ok(amount)
}

/// `GET /v1/refunds/{id}`
pub(super) fn retrieve(state: &State, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    Ok(found(&state.refunds, id)?.render(state))
}

/// `GET /v1/refunds`
pub(super) fn list(state: &State, mut params: Params) -> Result<Value> {
    let charge = params.text("charge")?;
    let payment = params.text("payment_intent")?;
    let page = Page::take(&mut params)?;
    params.finish()?;
    page.of(state, &state.refunds, "/v1/refunds", |refund| {
        charge.as_ref().is_none_or(|charge| refund.charge == *charge)
            && payment.as_ref().is_none_or(|payment| refund.payment == *payment)
    })
}

/// The refunds of a charge, as it shows them when they are expanded.
pub(super) fn of_charge(state: &State, charge: &str) -> Value {
    let refunds = state
        .refunds
        .values()
        .rev()
        .filter(|refund| refund.charge == charge);
    let data = refunds.map(|refund| refund.render(state));
    list::whole(&format!("/v1/charges/{charge}/refunds"), data)
}
