//! Disputes: payments that their payers take back through their banks.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::list::Page;
use super::object::{Object, found};
use super::params::Params;
use super::refusal::{Refusal, Result};
use super::state::State;
use super::template;
use super::time::DAY;

/// The days to answer a dispute.
const ANSWER_DAYS: i64 = 14;

/// The reasons that banks give.
pub(super) const REASONS: [&str; 7] = [
    "credit_not_processed",
    "duplicate",
    "fraudulent",
    "general",
    "product_not_received",
    "product_unacceptable",
    "subscription_canceled",
];

/// The state of a dispute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum DisputeStatus {
    NeedsResponse,
    Won,
    Lost,
}

/// A payment that its payer takes back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Dispute {
    id: String,
    created: i64,
    amount: i64,
    currency: String,
    pub(super) charge: String,
    payment: String,
    reason: String,
    pub(super) status: DisputeStatus,
}

impl Object for Dispute {
    const WORD: &'static str = "dispute";

    fn render(&self, _: &State) -> Value {
        let varying = json!({
            "id": self.id,
            "amount": self.amount,
            "charge": self.charge,
            "created": self.created,
            "currency": self.currency,
            "evidence_details": {
                "due_by": self.created + ANSWER_DAYS * DAY,
                "enhanced_eligibility": {},
                "has_evidence": false,
                "past_due": false,
                "submission_count": 0,
            },
            "payment_intent": self.payment,
            "reason": self.reason,
            "status": self.status,
        });
        template::filled(template::DISPUTE, varying)
    }
}

impl State {
    /// Disputes a charge, in the name of its payer's bank.
    pub(super) fn dispute(&mut self, charge: &str, reason: &str) -> Option<String> {
        let disputed = self.charges.get_mut(charge)?;
        disputed.is_disputed = true;
        let disputed = disputed.clone();
        let dispute = Dispute {
            id: self.id("du"),
            created: self.now_of(&disputed.customer),
            amount: disputed.amount,
            currency: disputed.currency.clone(),
            charge: disputed.id.clone(),
            payment: disputed.payment.clone(),
            reason: reason.to_owned(),
            status: DisputeStatus::NeedsResponse,
        };
        let id = dispute.id.clone();
        let rendered = dispute.render(self);
        self.disputes.insert(id.clone(), dispute);
        self.emit("charge.dispute.created", rendered.clone());
        self.emit("charge.dispute.funds_withdrawn", rendered);
        Some(id)
    }

    /// Decides a dispute.
    pub(super) fn close_dispute(&mut self, id: &str, status: DisputeStatus) -> Option<()> {
        let dispute = self.disputes.get_mut(id)?;
        dispute.status = status;
        let rendered = dispute.clone().render(self);
        self.emit("charge.dispute.closed", rendered.clone());
        if status == DisputeStatus::Won {
            self.emit("charge.dispute.funds_reinstated", rendered);
        }
        Some(())
    }
}

/// `GET /v1/disputes/{id}`
pub(super) fn retrieve(state: &State, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    Ok(found(&state.disputes, id)?.render(state))
}

/// `GET /v1/disputes`
pub(super) fn list(state: &State, mut params: Params) -> Result<Value> {
    let charge = params.text("charge")?;
    let payment = params.text("payment_intent")?;
    let page = Page::take(&mut params)?;
    params.finish()?;
    page.of(state, &state.disputes, "/v1/disputes", |dispute| {
        charge.as_ref().is_none_or(|charge| dispute.charge == *charge)
            && payment.as_ref().is_none_or(|payment| dispute.payment == *payment)
    })
}

/// `POST /v1/disputes/{id}/close`: accepts that the money is lost.
pub(super) fn close(state: &mut State, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    if found(&state.disputes, id)?.status != DisputeStatus::NeedsResponse {
        return Err(Refusal::invalid("This dispute is already closed."));
    }
    state.close_dispute(id, DisputeStatus::Lost);
    Ok(found(&state.disputes, id)?.render(state))
}
