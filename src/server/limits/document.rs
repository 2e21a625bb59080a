use async_graphql::parser::parse_query;
use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, OperationDefinition, OperationType, Selection,
};
use async_graphql::{Name, Positioned, Variables};
use serde_json::{Map, Value};

use super::argument::argument;
use super::known_schema::KnownSchema;
use super::refusal::{clipped, too_much_because};
use super::{DocumentLimits, arguments, cost, root_fields, shape, variables};
use crate::graphql::ErrorCode;
use crate::server::completion;
use crate::server::request_error::RequestError;

/// A parsed document within the limits of its shape.
#[derive(Debug)]
pub(crate) struct Document {
    written: ExecutableDocument,
    /// The same as it is executed, with what completion needs.
    executable: ExecutableDocument,
    /// Number of selections that the executed form repeats.
    repeated: u64,
}

/// The operation of a document that is to be executed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChosenOperation<'a> {
    document: &'a ExecutableDocument,
    name: Option<&'a str>,
    operation: &'a OperationDefinition,
}

impl Document {
    /// Parses and checks `text`, whose tokens were counted.
    pub(super) fn parse(
        text: &str,
        limits: &DocumentLimits,
        schema: &KnownSchema,
    ) -> Result<Self, RequestError> {
        let mut document = parse_query(text).map_err(RequestError::syntax)?;
        shape::check(&document, limits)?;
        variables::check_declarations(&document, &schema.types)?;
        root_fields::merge(&mut document)?;
        let mut executable = document.clone();
        let repeated = completion::repeat_unions(&mut executable, &schema.outputs, limits.selections);
        let repeated = repeated.map_err(|_| {
            let message = "fragments on unions stand in too many other fragments; put each directly into a field of its \
                           union";
            let allowed = limits.selections;
            too_much_because(message.to_owned(), "selections", allowed.saturating_add(1), allowed)
        })?;
        completion::enclose_interfaces(&mut executable, &schema.outputs);
        completion::mark(&mut executable);
        Ok(Self {
            written: document,
            executable,
            repeated,
        })
    }

    /// Number of selections that the executed form repeats.
    pub(super) const fn repeated(&self) -> u64 {
        self.repeated
    }

    /// The document as its client wrote it.
    pub(crate) const fn written(&self) -> &ExecutableDocument {
        &self.written
    }

    /// The document as it is executed.
    pub(crate) fn to_executable(&self) -> ExecutableDocument {
        self.executable.clone()
    }

    /// The operation called `name`, or the only one.
    pub(crate) fn choose(&self, name: Option<&str>) -> Result<ChosenOperation<'_>, RequestError> {
        let operation = match (&self.written.operations, name) {
            (DocumentOperations::Multiple(named), Some(name)) => {
                named.get_key_value(name).map(named_operation)
            }
            (DocumentOperations::Single(only), None) => Some((None, only)),
            (DocumentOperations::Multiple(named), None) if named.len() == 1 => {
                named.iter().next().map(named_operation)
            }
            _ => None,
        };
        let (name, operation) = operation.ok_or_else(|| {
            let message = match name {
                Some(name) => {
                    let name = clipped(name);
                    format!("the document has no operation named '{name}'; name one that it has")
                }
                None => "the document has several operations; say which by `operationName`".to_owned(),
            };
            RequestError::refused(ErrorCode::BadUserInput, message)
        })?;
        Ok(ChosenOperation {
            document: &self.written,
            name,
            operation: &operation.node,
        })
    }
}

fn named_operation<'a>(
    (name, operation): (&'a Name, &'a Positioned<OperationDefinition>),
) -> (Option<&'a str>, &'a Positioned<OperationDefinition>) {
    (Some(name.as_str()), operation)
}

impl<'a> ChosenOperation<'a> {
    /// The document of the operation.
    pub(crate) const fn document(&self) -> &'a ExecutableDocument {
        self.document
    }

    /// The name that the client gave the operation, if any.
    pub(crate) const fn name(&self) -> Option<&'a str> {
        self.name
    }

    /// The operation's definition.
    pub(crate) const fn definition(&self) -> &'a OperationDefinition {
        self.operation
    }

    /// Query, mutation or subscription.
    pub(crate) const fn kind(&self) -> OperationType {
        self.operation.ty
    }

    /// The values of the operation's variables, as the library takes them; refused when one does not fit its type, or
    /// when the arguments that use them take more memory than is allowed.
    pub(crate) fn fill(
        &self,
        given: &Map<String, Value>,
        limits: &DocumentLimits,
        schema: &KnownSchema,
    ) -> Result<Variables, RequestError> {
        variables::check_values(self.operation, given, &schema.types)?;
        let bytes = arguments::estimate(self.document, self.operation, given);
        if bytes <= limits.argument_bytes {
            return Ok(variables::declared(self.operation, given));
        }
        let message = format!(
            "the arguments take {bytes} bytes (each value as often as it is used, fragments followed); {} are \
             allowed: use long values fewer times",
            limits.argument_bytes
        );
        Err(too_much_because(
            message,
            "bytes of arguments",
            bytes,
            limits.argument_bytes,
        ))
    }

    /// The cost of the operation; refused when it is above the limit.
    pub(crate) fn check_cost(
        &self,
        variables: &Map<String, Value>,
        limits: &DocumentLimits,
        schema: &KnownSchema,
    ) -> Result<u64, RequestError> {
        let cost = cost::estimate(self.document, self.operation, variables, schema);
        if cost <= limits.cost {
            return Ok(cost);
        }
        let message = format!(
            "the operation costs {cost} (fields, each times the lengths of the lists around it; a long text and a \
             `totalCount` as 10); {} are allowed: ask for fewer items with `first`, or for fewer fields",
            limits.cost
        );
        Err(too_much_because(message, "cost", cost, limits.cost))
    }

    /// The name of the one root field of a mutation; none when it has several, and for other operations.
    pub(crate) fn only_mutation(&self) -> Option<&'a str> {
        match self.operation.selection_set.node.items.as_slice() {
            [only] if self.operation.ty == OperationType::Mutation => match &only.node {
                Selection::Field(field) => Some(field.node.name.node.as_str()),
                Selection::FragmentSpread(_) | Selection::InlineFragment(_) => None,
            },
            _ => None,
        }
    }

    /// True when the operation asks for the description of the schema.
    pub(crate) fn asks_for_schema(&self) -> bool {
        let is_asked = |field: &Field| matches!(field.name.node.as_str(), "__schema" | "__type");
        self.operation.ty == OperationType::Query
            && root_fields::any(self.document, &self.operation.selection_set.node, is_asked)
    }

    /// The one root field of a subscription; none for other operations.
    pub(crate) fn subscribed_field(&self) -> Option<&'a Field> {
        match &self.operation.selection_set.node.items.first()?.node {
            Selection::Field(field) if self.operation.ty == OperationType::Subscription => Some(&field.node),
            _ => None,
        }
    }

    /// True when the argument `name` of `field` has a value other than null.
    pub(crate) fn is_given(&self, field: &Field, name: &str, variables: &Map<String, Value>) -> bool {
        argument(self.operation, field, name, variables)
            .is_some_and(|value| value != async_graphql::Value::Null)
    }
}
