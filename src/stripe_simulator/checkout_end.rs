//! The end of a checkout: paid, or expired.

use super::checkout::{PaymentState, Session, SessionStatus};
use super::collect::Collected;
use super::customer;
use super::discount::Reduction;
use super::instrument::{Charged, Instrument};
use super::object::{Object as _, found};
use super::params::Params;
use super::refusal::{Refusal, Result};
use super::state::State;

/// The choices of a person on the page of a checkout.
#[derive(Clone, Debug, Default)]
pub(super) struct Choices {
    /// The instrument, or none where none is needed.
    pub(super) instrument: Option<Instrument>,
    /// The promotion code that was typed.
    pub(super) code: Option<String>,
    /// The address that was typed, where the session has no customer.
    pub(super) email: Option<String>,
}

impl State {
    /// Pays a session as a person does on its page. A declined instrument leaves it open.
    pub(super) fn pay_session(&mut self, id: &str, choices: Choices) -> Result<()> {
        let mut session = found(&self.sessions, id)?.clone();
        if session.status != SessionStatus::Open {
            return Err(Refusal::invalid("This checkout session is no longer open."));
        }
        if let Some(code) = choices.code.filter(|code| !code.is_empty()) {
            session.order.reduction = Some(self.reduction_by(&code, &session)?);
        }
        let due = session.subtotal(self) - session.off(self);
        let needs_method = due > 0 || session.needs_method;
        check_instrument(choices.instrument, needs_method, due)?;
        if session.order.customer.is_empty() {
            let email = choices.email.or_else(|| session.email.clone());
            session.order.customer = self.new_customer(email.as_deref())?;
        } else {
            customer::living(self, &session.order.customer, "customer")?;
        }
        let payer = session.order.customer.clone();
        session.email = session
            .email
            .or_else(|| self.customers.get(&payer)?.email.clone());
        session.order.method = match choices.instrument {
            None => None,
            Some(instrument) => Some(self.attach(&payer, instrument)?),
        };
        let subscription = self.start_subscription(session.order.clone())?;
        let collected = self.collect_newest(&subscription);
        session.payment = match collected {
            _ if due == 0 => PaymentState::NoPaymentRequired,
            Collected::Paid => PaymentState::Paid,
            Collected::Processing | Collected::Failed(_) => PaymentState::Unpaid,
        };
        session.status = SessionStatus::Complete;
        session.invoice = self
            .subscriptions
            .get(&subscription)
            .and_then(|it| it.latest_invoice.clone());
        session.subscription = Some(subscription);
        self.sessions.insert(id.to_owned(), session);
        self.emit_session("checkout.session.completed", id);
        Ok(())
    }

    /// The reduction of a code that was typed on the page.
    fn reduction_by(&self, code: &str, session: &Session) -> Result<Reduction> {
        let code = self.typed_code(code).filter(|_| session.takes_codes);
        let code = code.ok_or_else(|| Refusal::invalid("This code is invalid."))?;
        let reduction = Reduction::Code(code.id.clone());
        self.usable_coupon(&reduction, &session.order.customer)?;
        Ok(reduction)
    }

    fn new_customer(&mut self, email: Option<&str>) -> Result<String> {
        let mut fields = serde_json::Map::new();
        if let Some(email) = email {
            fields.insert("email".to_owned(), email.into());
        }
        let made = customer::create(self, Params::new(fields))?;
        Ok(made["id"].as_str().unwrap_or_default().to_owned())
    }

    /// Closes a session that nobody paid.
    pub(super) fn expire_session(&mut self, id: &str) {
        if let Some(session) = self.sessions.get_mut(id) {
            session.status = SessionStatus::Expired;
        }
        self.emit_session("checkout.session.expired", id);
    }

    /// Tells of the outcome of a slow payment, where it was the first one of a session.
    pub(super) fn settle_session(&mut self, invoice: &str, succeeds: bool) {
        let mut sessions = self.sessions.values_mut();
        let session = sessions.find(|session| session.invoice.as_deref() == Some(invoice));
        let Some(session) = session else {
            return;
        };
        let id = session.id.clone();
        if succeeds {
            session.payment = PaymentState::Paid;
            self.emit_session("checkout.session.async_payment_succeeded", &id);
        } else {
            self.emit_session("checkout.session.async_payment_failed", &id);
        }
    }

    fn emit_session(&mut self, kind: &str, id: &str) {
        if let Some(session) = self.sessions.get(id) {
            let rendered = session.render(self);
            self.emit(kind, rendered);
        }
    }
}

/// Refuses an instrument that cannot be saved, or cannot pay what is due at once: nothing is left behind then, and the page
/// asks for another.
fn check_instrument(instrument: Option<Instrument>, is_needed: bool, due: i64) -> Result<()> {
    let Some(instrument) = instrument else {
        return if is_needed {
            Err(Refusal::invalid("Enter a card."))
        } else {
            Ok(())
        };
    };
    if let Some(decline) = instrument.attached() {
        return Err(decline.refusal());
    }
    match instrument.charged() {
        Charged::Failed(decline) if due > 0 => Err(decline.refusal()),
        Charged::Failed(_) | Charged::Succeeded | Charged::Processing => Ok(()),
    }
}
