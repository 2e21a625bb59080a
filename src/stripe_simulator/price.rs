//! Prices.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::list;
use super::metadata::{Change, Metadata};
use super::object::{Object, found, named};
use super::params::Params;
use super::period::{Interval, Period};
use super::product;
use super::refusal::{Refusal, Result};
use super::state::State;

/// An amount for a product, once or each period.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Price {
    pub(super) id: String,
    created: i64,
    pub(super) active: bool,
    pub(super) currency: String,
    pub(super) product: String,
    pub(super) unit_amount: i64,
    pub(super) recurring: Option<Period>,
    trial_period_days: Option<i64>,
    lookup_key: Option<String>,
    nickname: Option<String>,
    tax_behavior: String,
    metadata: Metadata,
}

impl Object for Price {
    const WORD: &'static str = "price";

    fn render(&self, _: &State) -> Value {
        let recurring = self.recurring.map(|period| {
            json!({
                "interval": period.interval,
                "interval_count": period.count,
                "meter": null,
                "trial_period_days": self.trial_period_days,
                "usage_type": "licensed",
            })
        });
        json!({
            "id": self.id,
            "object": "price",
            "active": self.active,
            "billing_scheme": "per_unit",
            "created": self.created,
            "currency": self.currency,
            "custom_unit_amount": null,
            "livemode": false,
            "lookup_key": self.lookup_key,
            "metadata": self.metadata,
            "nickname": self.nickname,
            "product": self.product,
            "recurring": recurring,
            "tax_behavior": self.tax_behavior,
            "tiers_mode": null,
            "transform_quantity": null,
            "type": if self.recurring.is_some() { "recurring" } else { "one_time" },
            "unit_amount": self.unit_amount,
            "unit_amount_decimal": self.unit_amount.to_string(),
        })
    }
}

impl Price {
    /// The price in the older shape that subscription items also carry.
    pub(super) fn plan(&self) -> Value {
        let period = self.recurring.unwrap_or(Period {
            interval: Interval::Month,
            count: 1,
        });
        json!({
            "id": self.id,
            "object": "plan",
            "active": self.active,
            "amount": self.unit_amount,
            "amount_decimal": self.unit_amount.to_string(),
            "billing_scheme": "per_unit",
            "created": self.created,
            "currency": self.currency,
            "interval": period.interval,
            "interval_count": period.count,
            "livemode": false,
            "metadata": self.metadata,
            "meter": null,
            "nickname": self.nickname,
            "product": self.product,
            "tiers_mode": null,
            "transform_usage": null,
            "trial_period_days": self.trial_period_days,
            "usage_type": "licensed",
        })
    }
}

/// `POST /v1/prices`
pub(super) fn create(state: &mut State, mut params: Params) -> Result<Value> {
    let currency = params.required("currency")?.to_lowercase();
    let unit_amount = params.integer_within("unit_amount", 0, 99_999_999)?;
    let unit_amount = unit_amount.ok_or_else(|| params.absent("unit_amount"))?;
    let (recurring, trial_period_days) = match params.object("recurring")? {
        None => (None, None),
        Some(recurring) => take_recurring(recurring)?,
    };
    let product = params.text("product")?;
    let product_data = params.object("product_data")?;
    let lookup_key = params.text("lookup_key")?;
    let transfers = params.flag("transfer_lookup_key")?.unwrap_or(false);
    let nickname = params.text("nickname")?;
    let active = params.flag("active")?.unwrap_or(true);
    let tax_behavior = params.choice("tax_behavior", &["inclusive", "exclusive", "unspecified"])?;
    let metadata = Change::take(&mut params)?.into_new()?;
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Err(params.wrong("currency", &format!("Invalid currency: {currency}.")));
    }
    let missing = params.absent("product");
    params.finish()?;
    check_lookup_key(state, lookup_key.as_deref(), transfers)?;
    let product = match (product, product_data) {
        (Some(product), None) => named(&state.products, &product, "product").map(|_| product)?,
        (None, Some(data)) => product::create_with_price(state, data)?,
        (None, None) => return Err(missing),
        (Some(_), Some(_)) => {
            let message = "You may only specify one of these parameters: product, product_data.";
            return Err(Refusal::invalid(message));
        }
    };
    let price = Price {
        id: state.id("price"),
        created: state.now(),
        active,
        currency,
        product,
        unit_amount,
        recurring,
        trial_period_days,
        lookup_key,
        nickname,
        tax_behavior: tax_behavior.unwrap_or("unspecified").to_owned(),
        metadata,
    };
    let rendered = price.render(state);
    state.prices.insert(price.id.clone(), price);
    state.emit("price.created", rendered.clone());
    Ok(rendered)
}

fn take_recurring(mut params: Params) -> Result<(Option<Period>, Option<i64>)> {
    let interval = params.choice("interval", &Interval::NAMES)?;
    let interval = interval
        .and_then(Interval::parse)
        .ok_or_else(|| params.absent("interval"))?;
    let count = params.integer_within("interval_count", 1, 36)?.unwrap_or(1);
    let trial_period_days = params.integer_within("trial_period_days", 1, 730)?;
    params.choice("usage_type", &["licensed"])?;
    params.finish()?;
    let count = u32::try_from(count).unwrap_or(1);
    Ok((Some(Period { interval, count }), trial_period_days))
}

/// Refuses a key that another price has, or takes it from that price.
fn check_lookup_key(state: &mut State, lookup_key: Option<&str>, transfers: bool) -> Result<()> {
    let Some(lookup_key) = lookup_key else {
        return Ok(());
    };
    let holds = |price: &&mut Price| price.lookup_key.as_deref() == Some(lookup_key);
    let Some(holder) = state.prices.values_mut().find(holds) else {
        return Ok(());
    };
    if !transfers {
        let message = format!(
            "A price (`{}`) already uses that lookup key. Use `transfer_lookup_key=true` to transfer it.",
            holder.id
        );
        return Err(Refusal::invalid(message).param("lookup_key"));
    }
    holder.lookup_key = None;
    Ok(())
}

/// `GET /v1/prices/{id}`
pub(super) fn retrieve(state: &State, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    Ok(found(&state.prices, id)?.render(state))
}

/// `POST /v1/prices/{id}`
pub(super) fn update(state: &mut State, id: &str, mut params: Params) -> Result<Value> {
    let mut price = found(&state.prices, id)?.clone();
    let before = price.render(state);
    if let Some(active) = params.flag("active")? {
        price.active = active;
    }
    if let Some(nickname) = params.patch("nickname")? {
        price.nickname = nickname;
    }
    let lookup_key = params.patch("lookup_key")?;
    let transfers = params.flag("transfer_lookup_key")?.unwrap_or(false);
    price.metadata = Change::take(&mut params)?.merge(&price.metadata)?;
    params.finish()?;
    if let Some(lookup_key) = lookup_key {
        if lookup_key != price.lookup_key {
            check_lookup_key(state, lookup_key.as_deref(), transfers)?;
        }
        price.lookup_key = lookup_key;
    }
    let after = price.render(state);
    state.prices.insert(id.to_owned(), price);
    state.emit_change("price.updated", &before, after.clone());
    Ok(after)
}

/// `GET /v1/prices`
pub(super) fn list(state: &State, mut params: Params) -> Result<Value> {
    let active = params.flag("active")?;
    let product = params.text("product")?;
    let lookup_keys = params.texts("lookup_keys")?;
    let currency = params.text("currency")?;
    let kind = params.choice("type", &["recurring", "one_time"])?;
    let page = list::Page::take(&mut params)?;
    params.finish()?;
    page.of(state, &state.prices, "/v1/prices", |price| {
        active.is_none_or(|active| price.active == active)
            && product.as_ref().is_none_or(|product| price.product == *product)
            && currency
                .as_ref()
                .is_none_or(|currency| price.currency == *currency)
            && kind.is_none_or(|kind| price.recurring.is_some() == (kind == "recurring"))
            && (lookup_keys.is_empty()
                || price
                    .lookup_key
                    .as_ref()
                    .is_some_and(|key| lookup_keys.contains(key)))
    })
}
