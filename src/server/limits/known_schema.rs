use async_graphql::parser::types::ServiceDocument;

use super::input_types::InputTypes;
use super::list_lengths::ListLengths;

/// The parts of the schema that the limits go by.
#[derive(Debug)]
pub(crate) struct KnownSchema {
    /// The types that variables can have.
    pub(super) types: InputTypes,
    /// The lengths of lists.
    pub(super) lists: ListLengths,
}

impl KnownSchema {
    /// Reads what the limits go by from `schema`.
    pub(crate) fn read(schema: &ServiceDocument) -> Self {
        Self {
            types: InputTypes::read(schema),
            lists: ListLengths::read(schema),
        }
    }

    /// A schema without a definition: the built-in scalars alone.
    #[cfg(test)]
    pub(super) fn empty() -> Self {
        let definitions = Vec::new();
        Self::read(&ServiceDocument { definitions })
    }
}
