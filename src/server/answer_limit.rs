//! The limit on the length of an answer. Its values are counted as they are resolved, so that an answer that is too long
//! is never built.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextExecute, NextResolve, ResolveInfo,
};
use async_graphql::{ErrorExtensionValues, Response, ServerError, ServerResult, Value};
use async_trait::async_trait;

use crate::graphql::ErrorCode;

/// Bytes of JSON around a value: quotes, a colon and a comma.
const PUNCTUATION: usize = 4;

/// Limits the answer of each execution; of a subscription, each event.
#[derive(Debug, Clone, Copy)]
pub(super) struct AnswerLimit {
    /// The length of the answer as JSON, before its texts are escaped.
    pub(super) bytes: usize,
}

impl AnswerLimit {
    /// A hundred messages as long as they can be.
    pub(super) const STANDARD: Self = Self {
        bytes: 8 * 1024 * 1024,
    };
}

impl ExtensionFactory for AnswerLimit {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(CountedAnswer {
            allowed: self.bytes,
            counted: AtomicUsize::new(0),
        })
    }
}

struct CountedAnswer {
    allowed: usize,
    counted: AtomicUsize,
}

impl CountedAnswer {
    fn is_too_long(&self) -> bool {
        self.counted.load(Ordering::Relaxed) > self.allowed
    }

    fn refusal(&self) -> ServerError {
        let message = format!(
            "the answer would be longer than {} bytes; ask for fewer items with `first`, or for fewer texts",
            self.allowed
        );
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", ErrorCode::CostLimit.to_value());
        extensions.set("limit", "bytes of the answer");
        extensions.set("allowed", self.allowed);
        let mut error = ServerError::new(message, None);
        error.extensions = Some(extensions);
        error
    }
}

#[async_trait]
impl Extension for CountedAnswer {
    async fn execute(
        &self,
        ctx: &ExtensionContext<'_>,
        operation_name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        self.counted.store(0, Ordering::Relaxed);
        let mut response = next.run(ctx, operation_name).await;
        if self.is_too_long() {
            response.data = Value::Null;
            response.errors = vec![self.refusal()];
        }
        response
    }

    async fn resolve(
        &self,
        ctx: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        if self.is_too_long() {
            return Err(self.refusal());
        }
        let key = info.alias.unwrap_or(info.name).len();
        let resolved = next.run(ctx, info).await?;
        // What is within an object or a list was counted before.
        let value = match &resolved {
            Some(Value::String(text)) => text.len(),
            Some(Value::Enum(name)) => name.len(),
            _ => PUNCTUATION,
        };
        self.counted
            .fetch_add(key + value + PUNCTUATION, Ordering::Relaxed);
        Ok(resolved)
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{EmptyMutation, EmptySubscription, Object, Schema};

    use super::*;

    struct Query;

    #[Object]
    impl Query {
        async fn text(&self) -> String {
            "x".repeat(100)
        }

        async fn list(&self) -> Vec<Query> {
            vec![Query, Query, Query]
        }
    }

    async fn answer(query: &str) -> Response {
        let limit = AnswerLimit { bytes: 400 };
        let schema = Schema::build(Query, EmptyMutation, EmptySubscription).extension(limit);
        schema.finish().execute(query).await
    }

    #[tokio::test]
    async fn an_answer_within_the_limit_is_whole() {
        let whole = answer("{ list { text } }").await;

        assert!(whole.errors.is_empty());
        assert_eq!(
            whole.data.into_json().unwrap()["list"][2]["text"],
            "x".repeat(100)
        );
    }

    #[tokio::test]
    async fn an_answer_that_would_be_too_long_is_one_error() {
        let refused = answer("{ list { text a: text } }").await;

        assert_eq!((refused.data, refused.errors.len()), (Value::Null, 1));
        let message = &refused.errors[0].message;
        assert!(
            message.starts_with("the answer would be longer than 400 bytes"),
            "{message}"
        );
    }
}
