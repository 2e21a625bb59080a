//! The routes of the pages that browsers open.

use std::collections::HashMap;

use axum::Router;
use axum::extract::{Form, Path, State as Shared};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;

use super::html;
use super::instrument::Instrument;
use super::refusal::{Refusal, Result};
use super::shared::Core;
use super::state::State;
use super::{checkout_page, invoice_page, portal_page};

/// The fields of a form.
pub(super) type Fields = HashMap<String, String>;

/// The routes of the pages.
pub(super) fn routes(core: Core) -> Router {
    Router::new()
        .route("/c/pay/{session}", get(show_checkout).post(act_on_checkout))
        .route("/p/session/{token}", get(show_portal).post(act_in_portal))
        .route("/i/{invoice}", get(show_invoice).post(act_on_invoice))
        .with_state(core)
}

/// The instrument whose number was typed.
pub(super) fn typed_instrument(fields: &Fields) -> Result<Option<Instrument>> {
    let number = fields.get("card").map(|number| number.trim()).unwrap_or_default();
    if number.is_empty() {
        return Ok(None);
    }
    let found = Instrument::of_number(number);
    found.map(Some).ok_or_else(|| {
        let message = "Your card number is incorrect: take one of the list.";
        Refusal::declined("incorrect_number", None, message)
    })
}

/// As [`typed_instrument`], where there must be one.
pub(super) fn required_instrument(fields: &Fields) -> Result<Instrument> {
    typed_instrument(fields)?.ok_or_else(|| Refusal::invalid("Enter a card."))
}

/// A page with what went wrong before it, or the page that says that there is none.
fn shown(
    core: &Core,
    error: Option<&Refusal>,
    page: impl FnOnce(&State, Option<&str>) -> Result<String>,
) -> Response {
    let message = error.map(|error| error.message.as_str());
    let page = core.act(|state| page(state, message));
    let (status, page) = match page {
        Ok(page) => (error.map_or(200, |error| error.status), page),
        Err(refusal) => {
            let page = html::page("Something is not right", Some(&refusal.message), "");
            (refusal.status, page)
        }
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Html(page)).into_response()
}

async fn show_checkout(Shared(core): Shared<Core>, Path(id): Path<String>) -> Response {
    shown(&core, None, |state, error| checkout_page::show(state, &id, error))
}

async fn act_on_checkout(
    Shared(core): Shared<Core>,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    match core.act(|state| checkout_page::act(state, &id, &fields)) {
        Ok(next) => Redirect::to(&next).into_response(),
        Err(refusal) => shown(&core, Some(&refusal), |state, error| {
            checkout_page::show(state, &id, error)
        }),
    }
}

async fn show_portal(Shared(core): Shared<Core>, Path(token): Path<String>) -> Response {
    shown(&core, None, |state, error| {
        portal_page::show(state, &token, error)
    })
}

async fn act_in_portal(
    Shared(core): Shared<Core>,
    Path(token): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let refusal = core.act(|state| portal_page::act(state, &token, &fields)).err();
    shown(&core, refusal.as_ref(), |state, error| {
        portal_page::show(state, &token, error)
    })
}

async fn show_invoice(Shared(core): Shared<Core>, Path(id): Path<String>) -> Response {
    shown(&core, None, |state, error| invoice_page::show(state, &id, error))
}

async fn act_on_invoice(
    Shared(core): Shared<Core>,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let refusal = core.act(|state| invoice_page::act(state, &id, &fields)).err();
    shown(&core, refusal.as_ref(), |state, error| {
        invoice_page::show(state, &id, error)
    })
}
