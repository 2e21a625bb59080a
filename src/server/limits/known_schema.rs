use std::sync::Arc;

use async_graphql::parser::types::ServiceDocument;

use super::description_lengths::DescriptionLengths;
use super::input_types::InputTypes;
use crate::server::output_types::OutputTypes;

/// The parts of the schema that the limits go by.
#[derive(Debug)]
pub(crate) struct KnownSchema {
    /// The types that variables can have.
    pub(super) types: InputTypes,
    /// The types of answers.
    pub(super) outputs: Arc<OutputTypes>,
    /// The lengths of the lists that describe the schema.
    pub(super) descriptions: DescriptionLengths,
}

impl KnownSchema {
    /// Reads what the limits go by from `schema`, whose answers have the types `outputs`.
    pub(crate) fn read(schema: &ServiceDocument, outputs: &Arc<OutputTypes>) -> Self {
        Self {
            types: InputTypes::read(schema),
            outputs: Arc::clone(outputs),
            descriptions: DescriptionLengths::read(schema),
        }
    }

    /// The schema that `text` defines.
    #[cfg(test)]
    pub(super) fn parse(text: &str) -> Self {
        let (schema, description) = crate::server::schema_description::parse(text);
        Self::read(&schema, &Arc::new(OutputTypes::read(&schema, description)))
    }
}
