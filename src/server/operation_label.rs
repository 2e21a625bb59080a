//! What the log and traces call an operation: its type, its name and its root fields, never its document or variables.

use async_graphql::parser::types::{OperationType, Selection};
use tracing::Span;
use tracing::field::Empty;

use super::limits::ChosenOperation;
use super::output_types::OutputTypes;
use crate::id::UserId;

/// The maximum length of a shown name.
const MAX_NAME_CHARS: usize = 64;
/// The maximum number of digits in a row in a shown name: no phone number has so few.
const MAX_DIGITS: usize = 4;
/// The maximum number of root fields that are shown.
const MAX_FIELDS: usize = 5;

/// The description of an operation.
#[derive(Debug, Clone)]
pub(super) struct OperationLabel {
    kind: OperationType,
    /// The name that its client gave it; none where it may be more than a name.
    name: Option<String>,
    /// Its root fields, as the schema calls them.
    fields: String,
    user: Option<UserId>,
}

impl OperationLabel {
    /// Describes an operation of `user`.
    pub(super) fn of(operation: ChosenOperation<'_>, types: &OutputTypes, user: Option<UserId>) -> Self {
        let root = types.root(operation.kind());
        let selections = operation.definition().selection_set.node.items.iter();
        let fields = selections.filter_map(|selection| match &selection.node {
            Selection::Field(field) => Some(field.node.name.node.as_str()),
            Selection::FragmentSpread(_) | Selection::InlineFragment(_) => None,
        });
        // The library has not validated the document yet.
        let known = fields.filter(|field| types.field(root, field).is_some());
        Self {
            kind: operation.kind(),
            name: operation.name().filter(|name| is_shown(name)).map(str::to_owned),
            fields: known.take(MAX_FIELDS).collect::<Vec<_>>().join(" "),
            user,
        }
    }

    /// Its type, as the metrics name it.
    pub(super) const fn kind(&self) -> &'static str {
        match self.kind {
            OperationType::Query => "QUERY",
            OperationType::Mutation => "MUTATION",
            OperationType::Subscription => "SUBSCRIPTION",
        }
    }

    /// The user whose operation it is.
    pub(super) const fn user(&self) -> Option<UserId> {
        self.user
    }

    /// Its name, else its root fields.
    pub(super) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.fields)
    }

    /// The span of its execution, which has a field `errors` for the codes of its errors.
    pub(super) fn span(&self) -> Span {
        tracing::debug_span!(
            "operation",
            "type" = self.kind(),
            name = self.name(),
            fields = self.fields,
            user.id = self.user.map(tracing::field::display),
            errors = Empty,
        )
    }
}

/// True when a name of a client's can be shown. It is of letters, digits and underscores.
fn is_shown(name: &str) -> bool {
    let longest_number = name
        .split(|c: char| !c.is_ascii_digit())
        .map(str::len)
        .max()
        .unwrap_or(0);
    name.len() <= MAX_NAME_CHARS && longest_number <= MAX_DIGITS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_may_hold_a_phone_number_is_not_shown() {
        assert!(is_shown("Home") && is_shown("Report2026"));
        assert!(!is_shown("Chat_5511900000990") && !is_shown(&"x".repeat(65)));
    }
}
