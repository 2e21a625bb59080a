//! The cost of an operation: its fields, each times the lengths of the lists around it.

use std::collections::HashMap;

use async_graphql::Value;
use async_graphql::parser::types::{ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet};
use serde_json::Map;

use super::argument::argument;

/// Assumed length of a list that is asked without `first`.
const DEFAULT_LENGTH: u64 = 20;

/// Maximum length of a list, whatever is asked.
const MAX_LENGTH: u64 = 100;

/// The cost of `operation` with `variables`. The document must have passed the shape's check: it has no cycles.
pub(super) fn estimate(
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Map<String, serde_json::Value>,
) -> u64 {
    let mut walk = CostWalk {
        document,
        operation,
        variables,
        known: HashMap::new(),
    };
    walk.set(&operation.selection_set.node)
}

struct CostWalk<'a> {
    document: &'a ExecutableDocument,
    operation: &'a OperationDefinition,
    variables: &'a Map<String, serde_json::Value>,
    known: HashMap<&'a str, u64>,
}

impl<'a> CostWalk<'a> {
    fn set(&mut self, set: &'a SelectionSet) -> u64 {
        set.items
            .iter()
            .fold(0, |sum, item| sum.saturating_add(self.selection(&item.node)))
    }

    fn selection(&mut self, selection: &'a Selection) -> u64 {
        match selection {
            Selection::Field(field) => {
                let below = self.set(&field.node.selection_set.node);
                self.length(&field.node).saturating_mul(below).saturating_add(1)
            }
            Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node),
            Selection::InlineFragment(inline) => self.set(&inline.node.selection_set.node),
        }
    }

    fn fragment(&mut self, name: &str) -> u64 {
        let Some((name, fragment)) = self.document.fragments.get_key_value(name) else {
            return 0;
        };
        if let Some(cost) = self.known.get(name.as_str()) {
            return *cost;
        }
        let cost = self.set(&fragment.node.selection_set.node);
        self.known.insert(name.as_str(), cost);
        cost
    }

    /// The factor of the fields below a field: the length of its list, 1 when it is none.
    fn length(&self, field: &Field) -> u64 {
        let asked = ["first", "last"]
            .iter()
            .find_map(|name| argument(self.operation, field, name, self.variables));
        match asked {
            Some(Value::Number(number)) => number.as_u64().map_or(1, |asked| asked.clamp(1, MAX_LENGTH)),
            Some(_) => DEFAULT_LENGTH,
            None if is_paged(field) => DEFAULT_LENGTH,
            None => 1,
        }
    }
}

/// True when a field is a Relay connection, by what is selected of it.
fn is_paged(field: &Field) -> bool {
    field.selection_set.node.items.iter().any(|item| {
        matches!(&item.node, Selection::Field(below) if matches!(below.node.name.node.as_str(), "edges" | "nodes"))
    })
}
