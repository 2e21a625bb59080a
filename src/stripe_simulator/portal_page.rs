//! The page of the billing portal.

use std::fmt::Write as _;

use chrono::DateTime;
use serde_json::json;

use super::html::{self, escaped, money};
use super::object::Object as _;
use super::pages::{Fields, required_instrument};
use super::portal::Wish;
use super::refusal::{Refusal, Result};
use super::state::State;
use super::subscription::Subscription;

/// Does what a form asks for.
pub(super) fn act(state: &mut State, token: &str, fields: &Fields) -> Result<()> {
    let text = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let wish = match text("do").as_str() {
        "cancel" => Wish::Cancel,
        "keep" => Wish::KeepOn,
        "price" => Wish::ChangePrice(text("price")),
        "card" => Wish::ReplaceCard(required_instrument(fields)?),
        other => return Err(Refusal::invalid(format!("The portal cannot do {other:?}."))),
    };
    state.fulfil(token, wish)
}

/// The page.
pub(super) fn show(state: &State, token: &str, error: Option<&str>) -> Result<String> {
    let session = state.portal_session(token)?;
    let subscription = state.portal_subscription(&session.customer);
    let back = session.return_url.as_ref().map(|back| {
        let back = escaped(back);
        format!("<p><a id=\"return\" href=\"{back}\">Return</a></p>")
    });
    let body = [
        subscription.map_or_else(
            || "<p id=\"none\">You have no subscription.</p>".to_owned(),
            |subscription| of_subscription(state, subscription),
        ),
        html::form("card", &html::card_field(), "Update payment method"),
        back.unwrap_or_default(),
    ];
    Ok(html::page("Billing", error, &body.concat()))
}

fn of_subscription(state: &State, subscription: &Subscription) -> String {
    let status = json!(subscription.status);
    let end = day(subscription.period_end());
    let (end, button) = if subscription.cancel_at_period_end {
        (
            html::labelled("Ends on", "ends", &end),
            html::form("keep", "", "Don't cancel subscription"),
        )
    } else {
        (
            html::labelled("Renews on", "renews", &end),
            html::form("cancel", "", "Cancel subscription"),
        )
    };
    let present = subscription.items.first().map(|item| item.price.as_str());
    [
        html::labelled("Subscription", "status", status.as_str().unwrap_or_default()),
        end,
        button,
        html::form("price", &prices_field(state, present), "Update subscription"),
    ]
    .concat()
}

fn prices_field(state: &State, present: Option<&str>) -> String {
    let mut options = String::new();
    let sold = state
        .prices
        .values()
        .filter(|price| price.active && price.recurring.is_some());
    for price in sold {
        let selected = if present == Some(price.id.as_str()) {
            " selected"
        } else {
            ""
        };
        let name = escaped(&state.product_name(&price.id));
        let rendered = price.render(state);
        let interval = rendered["recurring"]["interval"].as_str().unwrap_or_default();
        let amount = money(price.unit_amount, &price.currency);
        let id = &price.id;
        let _ = write!(
            options,
            "<option value=\"{id}\"{selected}>{name}: {amount} a {interval}</option>"
        );
    }
    format!("<label>Price<select id=\"price-choice\" name=\"price\">{options}</select></label>")
}

fn day(moment: i64) -> String {
    let day = DateTime::from_timestamp(moment, 0);
    day.map_or_else(String::new, |day| day.format("%Y-%m-%d").to_string())
}
