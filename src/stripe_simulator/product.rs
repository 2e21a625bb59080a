//! Products.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::list;
use super::metadata::{Change, Metadata};
use super::object::{Object, found};
use super::params::Params;
use super::refusal::{Refusal, Result};
use super::state::State;

/// Something that is sold.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Product {
    id: String,
    created: i64,
    updated: i64,
    pub(super) active: bool,
    pub(super) name: String,
    description: Option<String>,
    metadata: Metadata,
}

impl Object for Product {
    const WORD: &'static str = "product";

    fn render(&self, _: &State) -> Value {
        json!({
            "id": self.id,
            "object": "product",
            "active": self.active,
            "created": self.created,
            "default_price": null,
            "description": self.description,
            "images": [],
            "livemode": false,
            "marketing_features": [],
            "metadata": self.metadata,
            "name": self.name,
            "package_dimensions": null,
            "shippable": null,
            "statement_descriptor": null,
            "tax_code": null,
            "type": "service",
            "unit_label": null,
            "updated": self.updated,
            "url": null,
        })
    }
}

/// `POST /v1/products`
pub(super) fn create(state: &mut State, mut params: Params) -> Result<Value> {
    let id = params.text("id")?;
    let name = params.required("name")?;
    let description = params.text("description")?;
    let active = params.flag("active")?.unwrap_or(true);
    let metadata = Change::take(&mut params)?.into_new()?;
    params.ignore(&[
        "tax_code",
        "statement_descriptor",
        "unit_label",
        "url",
        "shippable",
    ]);
    params.finish()?;
    if let Some(id) = id.as_ref().filter(|id| state.products.contains_key(*id)) {
        return Err(Refusal::invalid(format!("Product already exists: {id}"))
            .code("resource_already_exists")
            .param("id"));
    }
    let id = id.unwrap_or_else(|| state.id("prod"));
    let now = state.now();
    let product = Product {
        id,
        created: now,
        updated: now,
        active,
        name,
        description,
        metadata,
    };
    Ok(add(state, product))
}

/// The product that comes with a new price.
pub(super) fn create_with_price(state: &mut State, mut params: Params) -> Result<String> {
    let name = params.required("name")?;
    let metadata = Change::take(&mut params)?.into_new()?;
    params.ignore(&["tax_code", "statement_descriptor", "unit_label", "active"]);
    params.finish()?;
    let id = state.id("prod");
    let now = state.now();
    let product = Product {
        id: id.clone(),
        created: now,
        updated: now,
        active: true,
        name,
        description: None,
        metadata,
    };
    add(state, product);
    Ok(id)
}

fn add(state: &mut State, product: Product) -> Value {
    let rendered = product.render(state);
    state.products.insert(product.id.clone(), product);
    state.emit("product.created", rendered.clone());
    rendered
}

/// `GET /v1/products/{id}`
pub(super) fn retrieve(state: &State, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    Ok(found(&state.products, id)?.render(state))
}

/// `POST /v1/products/{id}`
pub(super) fn update(state: &mut State, id: &str, mut params: Params) -> Result<Value> {
    let mut product = found(&state.products, id)?.clone();
    let before = product.render(state);
    if let Some(name) = params.text("name")? {
        product.name = name;
    }
    if let Some(active) = params.flag("active")? {
        product.active = active;
    }
    if let Some(description) = params.patch("description")? {
        product.description = description;
    }
    product.metadata = Change::take(&mut params)?.merge(&product.metadata)?;
    params.finish()?;
    product.updated = state.now();
    let after = product.render(state);
    state.products.insert(id.to_owned(), product);
    state.emit_change("product.updated", &before, after.clone());
    Ok(after)
}

/// `GET /v1/products`
pub(super) fn list(state: &State, mut params: Params) -> Result<Value> {
    let active = params.flag("active")?;
    let page = list::Page::take(&mut params)?;
    params.finish()?;
    page.of(state, &state.products, "/v1/products", |product| {
        active.is_none_or(|active| product.active == active)
    })
}
