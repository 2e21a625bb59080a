//! The product from outside: simulated WhatsApp on one side, GraphQL and its socket on the other.

mod backup;
mod editing;
mod groups;
mod hiding;
mod keeping;
mod liking;
mod linking;
mod listening;
mod losing;
mod naming;
pub(crate) mod sealing;
mod texts;
mod watching;

use serde_json::Value;

/// The text at `pointer`.
fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("no text at {pointer} in {value}"))
}
