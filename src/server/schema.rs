//! The schema, for the executor and for `schema.graphql`.

use async_graphql::{Schema, SchemaBuilder};

use super::answer_limit::AnswerLimit;
use super::{printed_schema, schema_description};
use crate::features::schema::KeptMessage;
use crate::features::{Mutation, Query, Subscription};

/// The whole schema.
pub type AmdaSchema = Schema<Query, Mutation, Subscription>;

/// The schema without the data that its resolvers need.
pub fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .register_output_type::<KeptMessage>()
        .extension(AnswerLimit::STANDARD)
}

/// The schema as `schema.graphql` holds it.
pub fn sdl() -> String {
    schema_description::describe(&printed_schema::print(&builder().finish()))
}
