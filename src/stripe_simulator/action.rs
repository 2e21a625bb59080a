//! Actions: what happens at Stripe, at banks and between them, on command.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::checkout_end::Choices;
use super::dispute::{self, DisputeStatus};
use super::dunning::Dunning;
use super::error::StripeSimulatorError;
use super::faults::FailRequests;
use super::instrument::Instrument;
use super::object::found;
use super::sender::is_reachable;
use super::shared::Core;
use super::state::State;
use super::time::LONGEST_ADVANCE;
use super::webhooks::{ReleaseOrder, WebhookEndpoint, WebhookFault};

/// Something that happens on command.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Action {
    /// Time passes, and everything that becomes due happens in its order.
    Advance {
        /// The seconds, at most two years of them.
        seconds: i64,
    },
    /// A person pays a checkout on its page.
    PayCheckout {
        /// The session.
        session: String,
        /// The number of the card or account; none where none is needed.
        #[serde(default)]
        card: Option<String>,
        /// The promotion code that is typed.
        #[serde(default)]
        code: Option<String>,
    },
    /// A person replaces the card by which their subscriptions are paid.
    ReplaceCard {
        /// The customer.
        customer: String,
        /// The number of the new card.
        card: String,
    },
    /// A bank settles a payment that was on its way.
    SettlePayment {
        /// The invoice.
        invoice: String,
        /// True when it pays.
        succeeds: bool,
    },
    /// A payer disputes a charge.
    Dispute {
        /// The charge.
        charge: String,
        /// The reason; `fraudulent` if none is given.
        #[serde(default)]
        reason: Option<String>,
    },
    /// A bank decides a dispute.
    CloseDispute {
        /// The dispute.
        dispute: String,
        /// True when the account keeps the money.
        won: bool,
    },
    /// The account's settings of retries change.
    SetDunning {
        /// The settings.
        dunning: Dunning,
    },
    /// The next requests to the API fail.
    FailRequests {
        /// Which of them, and their failure.
        requests: FailRequests,
    },
    /// Requests that stall are answered.
    ReleaseStalled,
    /// The endpoints of webhooks are these from now on.
    SetWebhookEndpoints {
        /// The endpoints.
        endpoints: Vec<WebhookEndpoint>,
    },
    /// The next webhooks are lost, doubled or delayed.
    FailWebhooks {
        /// The failure.
        fault: WebhookFault,
        /// The number of webhooks; 0 changes nothing.
        count: u32,
    },
    /// Webhooks are kept back from now on.
    HoldWebhooks,
    /// Webhooks that were kept back are sent, and later ones at once.
    ReleaseWebhooks {
        /// Their order.
        order: ReleaseOrder,
    },
    /// An event is sent once more.
    ResendWebhook {
        /// The event.
        event: String,
    },
}

type Done = Result<Value, StripeSimulatorError>;

/// Lets something happen.
pub(super) fn perform(core: &Core, action: Action) -> Done {
    if matches!(action, Action::ReleaseStalled) {
        core.release_stalled();
        return Ok(json!({}));
    }
    core.act(|state| state.happen(action))
}

impl State {
    fn happen(&mut self, action: Action) -> Done {
        match action {
            Action::Advance { seconds } => return self.pass(seconds),
            Action::PayCheckout { session, card, code } => {
                let instrument = card.map(|card| instrument(&card)).transpose()?;
                let choices = Choices {
                    instrument,
                    code,
                    email: None,
                };
                self.pay_session(&session, choices)?;
                let subscription = found(&self.sessions, &session)?.subscription.clone();
                return Ok(json!({ "subscription": subscription }));
            }
            Action::ReplaceCard { customer, card } => {
                let method = self.replace_method(&customer, instrument(&card)?)?;
                return Ok(json!({ "paymentMethod": method }));
            }
            Action::SettlePayment { invoice, succeeds } => self.settle_invoice(&invoice, succeeds)?,
            Action::Dispute { charge, reason } => return self.begin_dispute(&charge, reason.as_deref()),
            Action::CloseDispute { dispute, won } => {
                let status = if won {
                    DisputeStatus::Won
                } else {
                    DisputeStatus::Lost
                };
                let closed = self.close_dispute(&dispute, status);
                closed.ok_or_else(|| unknown("dispute", &dispute, "name one that `Dispute` returned"))?;
            }
            Action::SetDunning { dunning } => self.dunning = dunning,
            Action::FailRequests { requests } => self.faults.add(requests),
            Action::ReleaseStalled => {}
            Action::SetWebhookEndpoints { endpoints } => self.set_endpoints(endpoints)?,
            Action::FailWebhooks { fault, count } => self.fail_webhooks(fault, count)?,
            Action::HoldWebhooks => self.webhooks.hold(),
            Action::ReleaseWebhooks { order } => self.webhooks.release(order),
            Action::ResendWebhook { event } => {
                let now = self.time.billing();
                let event = found(&self.events, &event)?.clone();
                self.webhooks.resend(&event, now);
            }
        }
        Ok(json!({}))
    }

    fn pass(&mut self, seconds: i64) -> Done {
        if !(0..=LONGEST_ADVANCE).contains(&seconds) {
            return Err(StripeSimulatorError::Invalid {
                what: "number of seconds",
                value: seconds.to_string(),
                hint: "time passes forward only, and at most two years at once",
            });
        }
        self.time.advance(seconds);
        self.catch_up();
        Ok(json!({ "now": self.time.billing() }))
    }

    fn fail_webhooks(&mut self, fault: WebhookFault, count: u32) -> Result<(), StripeSimulatorError> {
        if let WebhookFault::Delay(seconds) = fault
            && i64::from(seconds) > LONGEST_ADVANCE
        {
            return Err(StripeSimulatorError::Invalid {
                what: "number of seconds",
                value: seconds.to_string(),
                hint: "webhooks are delayed by at most two years",
            });
        }
        self.webhooks.fail(fault, count);
        Ok(())
    }

    fn settle_invoice(&mut self, invoice: &str, succeeds: bool) -> Result<(), StripeSimulatorError> {
        let payment = found(&self.invoices, invoice)?.payment.clone();
        let payment = payment.filter(|payment| {
            let payment = self.payments.get(payment);
            payment.is_some_and(|payment| self.settles_at(payment).is_some())
        });
        let hint = "only one that was paid from a bank account is on its way";
        let payment = payment.ok_or_else(|| unknown("payment on its way of invoice", invoice, hint))?;
        self.settle(&payment, succeeds);
        Ok(())
    }

    fn begin_dispute(&mut self, charge: &str, reason: Option<&str>) -> Done {
        let reason = reason.unwrap_or("fraudulent");
        if !dispute::REASONS.contains(&reason) {
            return Err(StripeSimulatorError::Invalid {
                what: "reason",
                value: reason.to_owned(),
                hint: "give one that Stripe lists, such as fraudulent or product_not_received",
            });
        }
        let dispute = self.dispute(charge, reason);
        let hint = "name the charge of a payment";
        let dispute = dispute.ok_or_else(|| unknown("charge", charge, hint))?;
        Ok(json!({ "dispute": dispute }))
    }

    fn set_endpoints(&mut self, endpoints: Vec<WebhookEndpoint>) -> Result<(), StripeSimulatorError> {
        for endpoint in &endpoints {
            if !is_reachable(&endpoint.url) {
                return Err(StripeSimulatorError::Invalid {
                    what: "address",
                    value: endpoint.url.clone(),
                    hint: "webhooks are sent by http to this machine only",
                });
            }
            if endpoint.secrets.is_empty() {
                return Err(StripeSimulatorError::Invalid {
                    what: "endpoint without secrets",
                    value: endpoint.url.clone(),
                    hint: "give one secret or more, each signs",
                });
            }
        }
        self.webhooks.set_endpoints(endpoints);
        Ok(())
    }
}

fn instrument(number: &str) -> Result<Instrument, StripeSimulatorError> {
    Instrument::of_number(number).ok_or_else(|| StripeSimulatorError::Invalid {
        what: "card number",
        value: number.to_owned(),
        hint: "take a test number that Stripe lists, such as 4242424242424242",
    })
}

fn unknown(what: &'static str, id: &str, hint: &'static str) -> StripeSimulatorError {
    StripeSimulatorError::Unknown {
        what,
        id: id.to_owned(),
        hint,
    }
}
