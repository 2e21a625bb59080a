//! The page of a checkout session.

use super::checkout::{Session, SessionStatus};
use super::checkout_end::Choices;
use super::html::{self, escaped, money};
use super::object::found;
use super::pages::{Fields, typed_instrument};
use super::refusal::Result;
use super::state::State;

/// Pays, and returns the address that the browser goes to.
pub(super) fn act(state: &mut State, id: &str, fields: &Fields) -> Result<String> {
    let choices = Choices {
        instrument: typed_instrument(fields)?,
        code: fields.get("code").map(|code| code.trim().to_owned()),
        email: fields.get("email").cloned().filter(|email| !email.is_empty()),
    };
    state.pay_session(id, choices)?;
    Ok(found(&state.sessions, id)?.success_page())
}

/// The page.
pub(super) fn show(state: &State, id: &str, error: Option<&str>) -> Result<String> {
    let session = found(&state.sessions, id)?;
    let closed = match session.status {
        SessionStatus::Open => None,
        SessionStatus::Complete => Some("You're all done here: this was paid already."),
        SessionStatus::Expired => Some("This checkout page has expired. Go back and begin anew."),
    };
    if closed.is_some() {
        return Ok(html::page("Checkout", closed, ""));
    }
    let due = session.subtotal(state) - session.off(state);
    let button = if session.is_trial() {
        "Start trial"
    } else {
        "Subscribe"
    };
    let cancel = session.cancel_url.as_ref().map(|cancel| {
        let cancel = escaped(cancel);
        format!("<p><a id=\"cancel\" href=\"{cancel}\">Go back without paying</a></p>")
    });
    let body = [
        items(state, session),
        html::labelled("Due today", "due", &money(due, &session.currency)),
        html::form("pay", &form_fields(session, due), button),
        cancel.unwrap_or_default(),
    ];
    Ok(html::page("Checkout", error, &body.concat()))
}

fn items(state: &State, session: &Session) -> String {
    html::list(session.order.items.iter().map(|item| {
        let name = state.product_name(&item.price);
        let price = state.prices.get(&item.price);
        let amount = price.map_or(0, |price| price.unit_amount * item.quantity);
        let amount = money(amount, &session.currency);
        format!("{} × {name}: {amount}", item.quantity)
    }))
}

fn form_fields(session: &Session, due: i64) -> String {
    let email = if session.order.customer.is_empty() {
        let email = escaped(session.email.as_deref().unwrap_or_default());
        format!("<label>E-mail<input id=\"email\" name=\"email\" type=\"email\" value=\"{email}\"></label>")
    } else {
        String::new()
    };
    let code = if session.takes_codes {
        "<label>Promotion code<input id=\"code\" name=\"code\" autocomplete=\"off\"></label>"
    } else {
        ""
    };
    let card = if session.needs_method || due > 0 {
        html::card_field()
    } else {
        String::new()
    };
    format!("{email}{code}{card}")
}
