//! The schema: the features' roots, merged.

use async_graphql::{Context, MergedObject, MergedSubscription, Object, Schema, SchemaBuilder, SimpleObject};

use crate::features::schema::{EventsSubscription, NodeQuery};
use crate::features::{
    accounts, analytics, auto_reply, deleted_messages, edited_messages, kept_items, notifications, plans,
    scheduled_statuses, statuses, uploads, users, view_once, webhooks,
};

/// The whole schema.
pub type AmdaSchema = Schema<Query, Mutation, Subscription>;

/// Everything that can be read.
#[derive(Default, MergedObject)]
pub struct Query(ServerQuery, users::Query, plans::Query, NodeQuery);

/// Everything that can be done.
#[derive(Default, MergedObject)]
pub struct Mutation(
    users::Mutation,
    accounts::Mutation,
    statuses::Mutation,
    view_once::Mutation,
    deleted_messages::Mutation,
    analytics::Mutation,
    auto_reply::Mutation,
    scheduled_statuses::Mutation,
    uploads::Mutation,
    notifications::Mutation,
    notifications::PushMutation,
    kept_items::Mutation,
    webhooks::Mutation,
);

/// Everything that can be listened to.
#[derive(Default, MergedSubscription)]
pub struct Subscription(
    EventsSubscription,
    accounts::Subscription,
    statuses::Subscription,
    view_once::Subscription,
    deleted_messages::Subscription,
    edited_messages::Subscription,
    auto_reply::Subscription,
    scheduled_statuses::Subscription,
    notifications::Subscription,
    kept_items::Subscription,
    webhooks::Subscription,
);

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
pub(super) struct ServerQuery;

#[Object(name = "ServerQuery")]
impl ServerQuery {
    /// About this server. Anybody may ask.
    async fn server_info(&self, ctx: &Context<'_>) -> ServerInfo {
        ctx.data_unchecked::<ServerInfo>().clone()
    }
}

/// The schema, for whoever composes it to add what its resolvers need.
pub fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query::default(), Mutation::default(), Subscription::default())
}

/// The schema as `schema.graphql` holds it.
pub fn sdl() -> String {
    builder().finish().sdl()
}
