use std::sync::Arc;

use async_graphql::parser::types::ServiceDocument;

use super::input_types::InputTypes;
use super::list_lengths::ListLengths;
use crate::server::output_types::OutputTypes;

/// The parts of the schema that the limits go by.
#[derive(Debug)]
pub(crate) struct KnownSchema {
    /// The types that variables can have.
    pub(super) types: InputTypes,
    /// The types of answers.
    pub(super) outputs: Arc<OutputTypes>,
    /// The lengths of lists.
    pub(super) lists: ListLengths,
}

impl KnownSchema {
    /// Reads what the limits go by from `schema`, whose answers have the types `outputs`.
    pub(crate) fn read(schema: &ServiceDocument, outputs: &Arc<OutputTypes>) -> Self {
        Self {
            types: InputTypes::read(schema),
            outputs: Arc::clone(outputs),
            lists: ListLengths::read(schema),
        }
    }

    /// A schema without a definition: the built-in scalars alone.
    #[cfg(test)]
    pub(super) fn empty() -> Self {
        let definitions = Vec::new();
        let schema = ServiceDocument { definitions };
        Self::read(&schema, &Arc::new(OutputTypes::read(&schema)))
    }
}
