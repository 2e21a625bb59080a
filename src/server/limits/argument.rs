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
