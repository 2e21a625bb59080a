//! The table of the API's calls.

use serde_json::Value;

use super::params::Params;
use super::refusal::{Refusal, Result};
use super::state::State;
use super::{
    charge, checkout_calls, clock, coupon, customer, dispute, event, invoice_calls, payment, payment_method,
    portal, price, product, promotion_code, refund, subscription_calls, subscription_update,
};

/// A call: its method and the parts of its path after `/v1`.
pub(super) type Call<'a> = (&'a str, &'a [&'a str]);

/// Answers a call.
pub(super) fn answer(state: &mut State, call: Call<'_>, params: Params) -> Result<Value> {
    match call.1.first() {
        Some(&("products" | "prices" | "coupons" | "promotion_codes")) => catalogue(state, call, params),
        Some(&("customers" | "payment_methods" | "checkout" | "billing_portal")) => {
            customers(state, call, params)
        }
        Some(&("subscriptions" | "subscription_items" | "invoices" | "invoice_payments")) => {
            subscriptions(state, call, params)
        }
        _ => others(state, call, params),
    }
}

fn catalogue(state: &mut State, call: Call<'_>, params: Params) -> Result<Value> {
    match call {
        ("GET", ["products"]) => product::list(state, params),
        ("POST", ["products"]) => product::create(state, params),
        ("GET", ["products", id]) => product::retrieve(state, id, params),
        ("POST", ["products", id]) => product::update(state, id, params),
        ("GET", ["prices"]) => price::list(state, params),
        ("POST", ["prices"]) => price::create(state, params),
        ("GET", ["prices", id]) => price::retrieve(state, id, params),
        ("POST", ["prices", id]) => price::update(state, id, params),
        ("POST", ["coupons"]) => coupon::create(state, params),
        ("GET", ["coupons", id]) => coupon::retrieve(state, id, params),
        ("GET", ["promotion_codes"]) => promotion_code::list(state, params),
        ("POST", ["promotion_codes"]) => promotion_code::create(state, params),
        ("GET", ["promotion_codes", id]) => promotion_code::retrieve(state, id, params),
        _ => Err(unrecognized(call)),
    }
}

fn customers(state: &mut State, call: Call<'_>, params: Params) -> Result<Value> {
    match call {
        ("GET", ["customers"]) => customer::list(state, params),
        ("POST", ["customers"]) => customer::create(state, params),
        ("GET", ["customers", id]) => customer::retrieve(state, id, params),
        ("POST", ["customers", id]) => customer::update(state, id, params),
        ("DELETE", ["customers", id]) => customer::delete(state, id, params),
        ("GET", ["customers", id, "payment_methods"]) => payment_method::list_of(state, id, params),
        ("GET", ["payment_methods"]) => payment_method::list(state, params),
        ("GET", ["payment_methods", id]) => payment_method::retrieve(state, id, params),
        ("GET", ["checkout", "sessions"]) => checkout_calls::list(state, params),
        ("POST", ["checkout", "sessions"]) => checkout_calls::create(state, params),
        ("GET", ["checkout", "sessions", id]) => checkout_calls::retrieve(state, id, params),
        ("GET", ["checkout", "sessions", id, "line_items"]) => checkout_calls::line_items(state, id, params),
        ("POST", ["checkout", "sessions", id, "expire"]) => checkout_calls::expire(state, id, params),
        ("POST", ["billing_portal", "sessions"]) => portal::create(state, params),
        _ => Err(unrecognized(call)),
    }
}

fn subscriptions(state: &mut State, call: Call<'_>, params: Params) -> Result<Value> {
    match call {
        ("GET", ["subscriptions"]) => subscription_calls::list(state, params),
        ("POST", ["subscriptions"]) => subscription_calls::create(state, params),
        ("GET", ["subscriptions", id]) => subscription_calls::retrieve(state, id, params),
        ("POST", ["subscriptions", id]) => subscription_update::update(state, id, params),
        ("DELETE", ["subscriptions", id]) => subscription_calls::cancel(state, id, params),
        ("POST", ["subscriptions", id, "resume"]) => subscription_calls::resume(state, id, params),
        ("GET", ["subscription_items"]) => subscription_calls::list_items(state, params),
        ("GET", ["invoices"]) => invoice_calls::list(state, params),
        ("GET", ["invoices", id]) => invoice_calls::retrieve(state, id, params),
        ("GET", ["invoices", id, "lines"]) => invoice_calls::lines(state, id, params),
        ("POST", ["invoices", id, "finalize"]) => invoice_calls::finalize(state, id, params),
        ("POST", ["invoices", id, "pay"]) => invoice_calls::pay(state, id, params),
        ("POST", ["invoices", id, "void"]) => invoice_calls::void(state, id, params),
        ("GET", ["invoice_payments"]) => payment::list_of_invoices(state, params),
        ("GET", ["invoice_payments", id]) => payment::retrieve_of_invoice(state, id, params),
        _ => Err(unrecognized(call)),
    }
}

fn others(state: &mut State, call: Call<'_>, params: Params) -> Result<Value> {
    match call {
        ("GET", ["payment_intents"]) => payment::list(state, params),
        ("GET", ["payment_intents", id]) => payment::retrieve(state, id, params),
        ("GET", ["charges"]) => charge::list(state, params),
        ("GET", ["charges", id]) => charge::retrieve(state, id, params),
        ("GET", ["refunds"]) => refund::list(state, params),
        ("POST", ["refunds"]) => refund::create(state, params),
        ("GET", ["refunds", id]) => refund::retrieve(state, id, params),
        ("GET", ["disputes"]) => dispute::list(state, params),
        ("GET", ["disputes", id]) => dispute::retrieve(state, id, params),
        ("POST", ["disputes", id, "close"]) => dispute::close(state, id, params),
        ("GET", ["events"]) => event::list(state, params),
        ("GET", ["events", id]) => event::retrieve(state, id, params),
        ("GET", ["test_helpers", "test_clocks"]) => clock::list(state, params),
        ("POST", ["test_helpers", "test_clocks"]) => clock::create(state, params),
        ("GET", ["test_helpers", "test_clocks", id]) => clock::retrieve(state, id, params),
        ("DELETE", ["test_helpers", "test_clocks", id]) => clock::delete(state, id, params),
        ("POST", ["test_helpers", "test_clocks", id, "advance"]) => clock::advance(state, id, params),
        _ => Err(unrecognized(call)),
    }
}

fn unrecognized((method, path): Call<'_>) -> Refusal {
    let path = path.join("/");
    Refusal::invalid(format!(
        "Unrecognized request URL ({method}: /v1/{path}). Please see https://stripe.com/docs or we can help at \
         https://support.stripe.com/."
    ))
    .with_status(404)
}
