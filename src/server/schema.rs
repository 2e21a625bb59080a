//! The schema: the features' roots, merged.

use async_graphql::{Context, EmptyMutation, EmptySubscription, MergedObject, Object, Schema, SimpleObject};

/// The whole schema.
pub type AmdaSchema = Schema<Query, EmptyMutation, EmptySubscription>;

/// Everything that can be read.
#[derive(Debug, Default, MergedObject)]
pub struct Query(ServerQuery);

/// What clients should know of this server before they sign in.
#[derive(Debug, Clone, SimpleObject)]
pub struct ServerInfo {
    /// The version that runs.
    pub version: &'static str,
    /// Where its source code is; the licence asks for it.
    pub source_url: String,
    /// Whether WhatsApp is simulated: then no phone is linked, and everything that happens is made up.
    pub is_simulated: bool,
}

/// What can be asked about the server itself.
#[derive(Debug, Default)]
pub struct ServerQuery;

#[Object(name = "ServerQuery")]
impl ServerQuery {
    /// About this server. Anybody may ask.
    async fn server_info(&self, ctx: &Context<'_>) -> ServerInfo {
        ctx.data_unchecked::<ServerInfo>().clone()
    }
}

/// Builds the schema with what its resolvers need.
pub fn build(info: ServerInfo) -> AmdaSchema {
    Schema::build(Query::default(), EmptyMutation, EmptySubscription)
        .data(info)
        .finish()
}

/// The schema as `schema.graphql` holds it.
pub fn sdl(schema: &AmdaSchema) -> String {
    schema.sdl()
}
