//! Limits on documents and their cost: hostile ones are refused before they cost anything.
//!
//! ```text
//! JSON values counted -> bytes, tokens and brackets counted -> (cache) -> parsed -> walked once -> operation chosen
//!     -> variables fit their types -> memory of its arguments -> its cost -> budget -> its turn -> run
//! ```
//!
//! Every step is linear in the document: fragments are walked once and remembered, because the library's own checks
//! follow every spread, and a kilobyte of fragments that spread each other twice would keep it busy for seconds. A
//! timeout cannot stop that: validation does not yield.

mod argument;
mod arguments;
mod budget;
mod cost;
mod description_lengths;
mod document;
mod document_cache;
mod document_limits;
#[cfg(test)]
mod hostile_documents;
mod input_types;
mod json;
mod known_schema;
mod queue;
mod refusal;
mod root_fields;
mod shape;
mod tokens;
mod variables;

pub use budget::CostBudget;
pub(super) use budget::{BudgetKey, Budgets, ClientKey, OperationCost};
pub(super) use document::{ChosenOperation, Document};
pub(super) use document_cache::DocumentCache;
pub use document_limits::DocumentLimits;
pub(super) use json::check_json;
pub(super) use known_schema::KnownSchema;
pub(super) use queue::OperationQueue;
pub use queue::QueueLimits;
