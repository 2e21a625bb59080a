//! The memory of a document's arguments: each value as often as it is used, because the library copies it each time.

use std::collections::HashMap;

use async_graphql::Positioned;
use async_graphql::parser::types::{
    Directive, ExecutableDocument, OperationDefinition, Selection, SelectionSet,
};
use async_graphql_value::{ConstValue, Name, Value};
use serde_json::Map;

/// The memory of a value besides its text.
const VALUE_BYTES: u64 = size_of::<ConstValue>() as u64;

/// The bytes that all arguments of `document` take, with fragments followed and the variables of `chosen` filled in.
/// The document must have passed the shape's check: it has no cycles.
pub(super) fn estimate(
    document: &ExecutableDocument,
    chosen: &OperationDefinition,
    given: &Map<String, serde_json::Value>,
) -> u64 {
    let variables = chosen.variable_definitions.iter().map(|definition| {
        let definition = &definition.node;
        let name = definition.name.node.as_str();
        let default = || {
            definition
                .default_value
                .as_ref()
                .map(|default| const_bytes(&default.node))
        };
        let bytes = given.get(name).map(json_bytes).or_else(default);
        (name, bytes.unwrap_or(VALUE_BYTES))
    });
    let mut walk = Walk {
        document,
        variables: variables.collect(),
        known: HashMap::new(),
    };
    // The library checks the other operations too.
    let operations = document.operations.iter();
    sum(operations.map(|(_, operation)| walk.operation(&operation.node)))
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
    variables: HashMap<&'a str, u64>,
    known: HashMap<&'a str, u64>,
}

impl<'a> Walk<'a> {
    fn operation(&mut self, operation: &'a OperationDefinition) -> u64 {
        let below = self.set(&operation.selection_set.node);
        below.saturating_add(self.directives(&operation.directives))
    }

    fn set(&mut self, set: &'a SelectionSet) -> u64 {
        sum(set.items.iter().map(|item| self.selection(&item.node)))
    }

    fn selection(&mut self, selection: &'a Selection) -> u64 {
        let below = match selection {
            Selection::Field(field) => {
                let below = self.set(&field.node.selection_set.node);
                below.saturating_add(self.arguments(&field.node.arguments))
            }
            Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node),
            Selection::InlineFragment(inline) => self.set(&inline.node.selection_set.node),
        };
        below.saturating_add(self.directives(selection.directives()))
    }

    fn fragment(&mut self, name: &str) -> u64 {
        let Some((name, fragment)) = self.document.fragments.get_key_value(name) else {
            return 0;
        };
        if let Some(bytes) = self.known.get(name.as_str()) {
            return *bytes;
        }
        let below = self.set(&fragment.node.selection_set.node);
        let bytes = below.saturating_add(self.directives(&fragment.node.directives));
        self.known.insert(name.as_str(), bytes);
        bytes
    }

    fn directives(&self, directives: &[Positioned<Directive>]) -> u64 {
        sum(directives.iter().map(|one| self.arguments(&one.node.arguments)))
    }

    fn arguments(&self, arguments: &[(Positioned<Name>, Positioned<Value>)]) -> u64 {
        sum(arguments.iter().map(|(_, value)| self.value_bytes(&value.node)))
    }

    fn value_bytes(&self, value: &Value) -> u64 {
        match value {
            // One that is not declared is refused later.
            Value::Variable(name) => self.variables.get(name.as_str()).copied().unwrap_or(VALUE_BYTES),
            Value::List(items) => with_items(items.iter().map(|item| self.value_bytes(item))),
            Value::Object(fields) => with_items(
                fields
                    .iter()
                    .map(|(name, value)| entry(name, self.value_bytes(value))),
            ),
            Value::String(text) => with_text(text),
            Value::Enum(name) => with_text(name),
            Value::Null | Value::Number(_) | Value::Boolean(_) | Value::Binary(_) => VALUE_BYTES,
        }
    }
}

fn const_bytes(value: &ConstValue) -> u64 {
    match value {
        ConstValue::List(items) => with_items(items.iter().map(const_bytes)),
        ConstValue::Object(fields) => {
            with_items(fields.iter().map(|(name, value)| entry(name, const_bytes(value))))
        }
        ConstValue::String(text) => with_text(text),
        ConstValue::Enum(name) => with_text(name),
        ConstValue::Null | ConstValue::Number(_) | ConstValue::Boolean(_) | ConstValue::Binary(_) => {
            VALUE_BYTES
        }
    }
}

fn json_bytes(value: &serde_json::Value) -> u64 {
    match value {
        serde_json::Value::Array(items) => with_items(items.iter().map(json_bytes)),
        serde_json::Value::Object(fields) => {
            with_items(fields.iter().map(|(name, value)| entry(name, json_bytes(value))))
        }
        serde_json::Value::String(text) => with_text(text),
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => VALUE_BYTES,
    }
}

fn with_items(items: impl Iterator<Item = u64>) -> u64 {
    sum(items).saturating_add(VALUE_BYTES)
}

/// The bytes of an object's field: its name is a key in an index besides.
fn entry(name: &str, value: u64) -> u64 {
    value.saturating_add(with_text(name))
}

fn with_text(text: &str) -> u64 {
    VALUE_BYTES.saturating_add(text.len() as u64)
}

fn sum(parts: impl Iterator<Item = u64>) -> u64 {
    parts.fold(0, u64::saturating_add)
}
