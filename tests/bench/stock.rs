//! A small schema, as the stock handlers of async-graphql-axum serve it.

use std::sync::Arc;

use async_graphql::{Context, EmptyMutation, Object, Schema, SimpleObject, Subscription};
use futures::{Stream, stream};
use tokio::sync::broadcast;

use super::topics::{Event, Topics};

pub(super) type StockSchema = Schema<Query, EmptyMutation, Subscriptions>;

pub(super) fn schema(topics: Arc<Topics<Event>>) -> StockSchema {
    Schema::build(Query, EmptyMutation, Subscriptions)
        .data(topics)
        .finish()
}

pub(super) struct Query;

#[Object]
impl Query {
    async fn server_info(&self) -> ServerInfo {
        ServerInfo {
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

#[derive(SimpleObject)]
struct ServerInfo {
    version: &'static str,
}

pub(super) struct Subscriptions;

#[Subscription]
impl Subscriptions {
    /// The events of a user.
    async fn events(&self, ctx: &Context<'_>, user: usize) -> impl Stream<Item = Event> {
        let topics = ctx.data_unchecked::<Arc<Topics<Event>>>();
        stream::unfold(topics.subscribe(user), async |mut receiver| {
            match receiver.recv().await {
                Ok(event) => Some((event, receiver)),
                Err(broadcast::error::RecvError::Closed) => None,
                Err(lagged) => panic!("{lagged}: rounds are smaller than the backlog"),
            }
        })
    }
}
