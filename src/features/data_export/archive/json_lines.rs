//! JSON Lines: one row a line, its fields in the order of their declaration.

use serde_json::Value;

use crate::features::data_export::contents::Row;

/// Adds `row` to `text`.
pub(super) fn push(text: &mut String, row: &Row) {
    text.push('{');
    for (at, (name, value)) in row.fields().enumerate() {
        if at > 0 {
            text.push_str(", ");
        }
        text.push_str(&Value::from(name).to_string());
        text.push_str(": ");
        text.push_str(&value.to_string());
    }
    text.push_str("}\n");
}
