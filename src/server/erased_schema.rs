use std::sync::Arc;

use async_graphql::{Executor, Request, Response};
use futures::future::BoxFuture;
use futures::stream::BoxStream;

type Run = dyn Fn(Request) -> BoxFuture<'static, Response> + Send + Sync;
type Stream = dyn Fn(Request) -> BoxStream<'static, Response> + Send + Sync;

/// A schema with its root types erased. Cheap to clone.
#[derive(Clone)]
pub struct ErasedSchema {
    run: Arc<Run>,
    stream: Arc<Stream>,
    sdl: Arc<str>,
}

impl ErasedSchema {
    /// Erases the types of `schema`, whose schema text is `sdl`.
    pub fn new(schema: impl Executor, sdl: &str) -> Self {
        let streaming = schema.clone();
        Self {
            run: Arc::new(move |request| {
                let schema = schema.clone();
                Box::pin(async move { schema.execute(request).await })
            }),
            stream: Arc::new(move |request| streaming.execute_stream(request, None)),
            sdl: sdl.into(),
        }
    }

    /// Runs a query or a mutation.
    pub(super) fn run(&self, request: Request) -> BoxFuture<'static, Response> {
        (self.run)(request)
    }

    /// Runs a subscription.
    pub(super) fn stream(&self, request: Request) -> BoxStream<'static, Response> {
        (self.stream)(request)
    }

    /// The schema text.
    pub(super) fn sdl(&self) -> &str {
        &self.sdl
    }
}
