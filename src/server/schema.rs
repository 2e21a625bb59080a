//! The schema, for the executor and for `schema.graphql`.

use async_graphql::{Schema, SchemaBuilder};
use chrono::{DateTime, Utc};

use super::answer_limit::AnswerLimit;
use super::scope_notes::ScopeNotes;
use super::{printed_schema, schema_description};
use crate::features::schema::KeptMessage;
use crate::features::{Mutation, Query, Subscription};

/// The whole schema.
pub type AmdaSchema = Schema<Query, Mutation, Subscription>;

/// The description of `DateTime`, in place of that by the GraphQL library, which is about Rust.
const DATE_TIME: &str = "Instant as RFC 3339 writes it, with an offset from UTC, such as `2026-11-24T07:30:00Z`. Outputs are \
                         in UTC; inputs may have any offset.";

/// The schema without the data that its resolvers need.
pub fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .register_output_type::<KeptMessage>()
        .register_output_type::<ScopeNotes>()
        .override_output_type_description::<DateTime<Utc>>(DATE_TIME)
        .extension(AnswerLimit::STANDARD)
}

/// The schema as `schema.graphql` holds it.
pub fn sdl() -> String {
    schema_description::describe(&printed_schema::print(&builder().finish()))
}
