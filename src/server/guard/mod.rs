//! Refuses documents that would cost too much, before they cost anything.
//!
//! ```text
//! bytes -> tokens and brackets counted -> (cache) -> parsed -> walked once -> operation chosen -> its lists priced -> execution
//! ```
//!
//! Every step is linear in the document: fragments are walked once and remembered, because the executor's own checks
//! follow every spread, and a kilobyte of fragments that spread each other twice would keep it busy for seconds. A
//! timeout cannot stop that: validation does not yield.

mod budget;
mod cache;
mod cost;
mod document;
mod shape;
mod tokens;

use std::convert::Infallible;

use async_graphql::Value;
use async_graphql::parser::types::{Field, OperationDefinition};
use serde_json::Map;

use super::fault::Fault;

pub use budget::CostBudget;
pub(super) use budget::{Budgets, Payer, Receipt};
pub(super) use cache::Documents;

/// What a document may ask for.
#[derive(Debug, Clone, Copy)]
pub struct DocumentLimits {
    /// The document's length.
    pub bytes: usize,
    /// Its names, numbers, strings and signs.
    pub tokens: usize,
    /// Fields within fields, fragments followed.
    pub depth: u64,
    /// Renamed fields, fragments followed.
    pub aliases: u64,
    /// Directives, fragments followed.
    pub directives: u64,
    /// Fields of an operation itself.
    pub root_fields: u64,
    /// Everything selected, fragments followed.
    pub selections: u64,
    /// Fields, each times the length of the lists around it.
    pub cost: u64,
    /// How many checked documents are kept.
    pub cached_documents: usize,
    /// How much memory they may take together, about.
    pub cached_bytes: usize,
}

impl DocumentLimits {
    /// At or under what is usual elsewhere; every operation of AMDA's own clients, and the introspection query, is far
    /// below.
    pub const STANDARD: Self = Self {
        bytes: 64 * 1024,
        tokens: 1_000,
        depth: 15,
        aliases: 15,
        directives: 50,
        root_fields: 20,
        selections: 2_000,
        cost: 10_000,
        cached_documents: 1_000,
        cached_bytes: 16 * 1024 * 1024,
    };
}

/// The value of the argument `name` of `field`, if it has one, and of its variables, if it is one. Only whether a list
/// or an object is there is told: it may be long, and be asked for often.
fn argument(
    operation: &OperationDefinition,
    field: &Field,
    name: &str,
    variables: &Map<String, serde_json::Value>,
) -> Option<Value> {
    let literal = field.get_argument(name)?.node.clone();
    let value = literal.into_const_with(|variable| {
        Ok::<_, Infallible>(match variables.get(variable.as_str()) {
            Some(serde_json::Value::Array(_) | serde_json::Value::Object(_)) => Value::Boolean(true),
            Some(scalar) => Value::from_json(scalar.clone()).unwrap_or_default(),
            None => default_of(operation, &variable),
        })
    });
    value.ok()
}

fn default_of(operation: &OperationDefinition, variable: &str) -> Value {
    let mut definitions = operation.variable_definitions.iter();
    let definition = definitions.find(|definition| definition.node.name.node == variable);
    let default = definition.and_then(|definition| definition.node.default_value.as_ref());
    default.map_or(Value::Null, |default| default.node.clone())
}

/// More was asked for than is allowed.
fn too_much(what: &str, requested: u64, allowed: u64) -> Fault {
    let message = format!("the document asks for {requested} {what}; {allowed} are allowed");
    too_much_because(message, what, requested, allowed)
}

fn too_much_because(message: String, what: &str, requested: u64, allowed: u64) -> Fault {
    // A count that ran over the largest number is told as the largest that JSON clients can hold.
    let requested = requested.min(1 << 53);
    Fault::refused("COST_LIMIT", message)
        .with("limit", what)
        .with("requested", Value::from(requested))
        .with("allowed", Value::from(allowed))
}

#[cfg(test)]
mod tests;
