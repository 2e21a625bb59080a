use std::convert::Infallible;

use async_graphql::Value;
use async_graphql::parser::types::{Field, OperationDefinition};
use serde_json::Map;

/// The value of the argument `name` of `field`, with its variables filled in; none without the argument. A list or an
/// object in a variable comes back as `true`, because it may be long and be asked for often.
pub(super) fn argument(
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
            None => default_of(operation, &variable).cloned().unwrap_or_default(),
        })
    });
    value.ok()
}

/// The number of items in the list that `field` is given as its argument `name`; none without such a list.
pub(super) fn items_given(
    operation: &OperationDefinition,
    field: &Field,
    name: &str,
    variables: &Map<String, serde_json::Value>,
) -> Option<u64> {
    let items = match &field.get_argument(name)?.node {
        async_graphql_value::Value::List(items) => items.len(),
        async_graphql_value::Value::Variable(variable) => match variables.get(variable.as_str()) {
            Some(given) => given.as_array()?.len(),
            None => match default_of(operation, variable) {
                Some(Value::List(items)) => items.len(),
                _ => return None,
            },
        },
        _ => return None,
    };
    Some(items as u64)
}

fn default_of<'a>(operation: &'a OperationDefinition, variable: &str) -> Option<&'a Value> {
    let mut definitions = operation.variable_definitions.iter();
    let definition = definitions.find(|definition| definition.node.name.node == variable)?;
    definition
        .node
        .default_value
        .as_ref()
        .map(|default| &default.node)
}
