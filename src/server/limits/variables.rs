//! The values of variables: each fits the type that the operation declares, before anything copies it.

use async_graphql::Variables;
use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, VariableDefinition};
use serde_json::{Map, Value};

use super::input_types::InputTypes;
use super::refusal::clipped;
use crate::graphql::ErrorCode;
use crate::server::request_error::RequestError;

/// Checks that every operation declares its variables with types of the schema, and defaults that fit them.
pub(super) fn check_declarations(
    document: &ExecutableDocument,
    types: &InputTypes,
) -> Result<(), RequestError> {
    let mut definitions = document
        .operations
        .iter()
        .flat_map(|(_, operation)| &operation.node.variable_definitions);
    definitions.try_for_each(|definition| check_declaration(&definition.node, types))
}

fn check_declaration(definition: &VariableDefinition, types: &InputTypes) -> Result<(), RequestError> {
    let (name, ty) = (&definition.name.node, &definition.var_type.node);
    if !types.knows(ty) {
        let message = format!(
            "the variable ${name} is declared as {ty}, which is no input type of this schema; declare it with one"
        );
        return Err(RequestError::refused(ErrorCode::BadUserInput, message));
    }
    let Some(default) = &definition.default_value else {
        return Ok(());
    };
    let default = default
        .node
        .clone()
        .into_json()
        .map_err(|_| wrong(&format!("the default of ${name}"), "is no value"))?;
    let checked = types.check(&default, ty);
    checked.map_err(|mismatch| {
        wrong(
            &format!("the default of ${name}{}", mismatch.place),
            &mismatch.problem,
        )
    })
}

/// Checks the `given` values of the variables that `operation` declares.
pub(super) fn check_values(
    operation: &OperationDefinition,
    given: &Map<String, Value>,
    types: &InputTypes,
) -> Result<(), RequestError> {
    for definition in &operation.variable_definitions {
        let definition = &definition.node;
        let (name, ty) = (&definition.name.node, &definition.var_type.node);
        let variable = format!("the variable ${}", clipped(name));
        match given.get(name.as_str()) {
            Some(value) => types
                .check(value, ty)
                .map_err(|mismatch| wrong(&format!("{variable}{}", mismatch.place), &mismatch.problem))?,
            None if ty.nullable || definition.default_value.is_some() => {}
            None => return Err(wrong(&variable, &format!("is missing; it must be {ty}"))),
        }
    }
    Ok(())
}

/// The variables of `operation` as the library takes them; what it does not declare is left out. A boolean has its
/// default, which the library would not look for under `@skip` and `@include`.
pub(super) fn declared(operation: &OperationDefinition, given: &Map<String, Value>) -> Variables {
    let mut variables = Variables::default();
    for definition in &operation.variable_definitions {
        let definition = &definition.node;
        let name = &definition.name.node;
        let value = match given.get(name.as_str()) {
            Some(value) => async_graphql::Value::from_json(value.clone()).ok(),
            None => definition
                .default_value
                .as_ref()
                .map(|default| &default.node)
                .filter(|default| matches!(default, async_graphql::Value::Boolean(_)))
                .cloned(),
        };
        if let Some(value) = value {
            variables.insert(name.clone(), value);
        }
    }
    variables
}

fn wrong(what: &str, problem: &str) -> RequestError {
    RequestError::refused(ErrorCode::BadUserInput, format!("{what} {problem}"))
}
