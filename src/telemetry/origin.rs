use std::sync::Arc;

use tracing::Span;

use super::TraceContext;

tokio::task_local! {
    static REQUEST: Arc<str>;
}

/// Runs `work` as a part of the request with the id `id`, of which [`Origin::current`] then tells.
pub fn in_request<F: Future>(id: &str, work: F) -> impl Future<Output = F::Output> + use<F> {
    REQUEST.scope(id.into(), work)
}

/// What a piece of work was begun by: ids alone, which another node is told so that the logs of both can be joined.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The id of the request; none where no client waits.
    pub request_id: Option<String>,
    /// The span in which it was begun; none where nothing is traced.
    pub trace: Option<TraceContext>,
}

impl Origin {
    /// The origin of what runs now.
    pub fn current() -> Self {
        Self {
            request_id: REQUEST.try_with(ToString::to_string).ok(),
            trace: TraceContext::current(),
        }
    }

    /// The origin that another node wrote down.
    pub fn stored(request_id: Option<String>, traceparent: Option<&str>) -> Self {
        Self {
            request_id,
            trace: traceparent.and_then(TraceContext::parse),
        }
    }

    /// The `traceparent` to be written down.
    pub fn traceparent(&self) -> Option<String> {
        self.trace.map(|trace| trace.to_string())
    }

    /// Has `span`, which has not begun and has an empty field `request.id`, continue what this began.
    pub fn continue_in(&self, span: &Span) {
        if let Some(id) = &self.request_id {
            span.record("request.id", id.as_str());
        }
        if let Some(trace) = self.trace {
            trace.continue_in(span);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_knows_the_request_that_it_is_a_part_of() {
        let inside = in_request("01ABC", async { Origin::current() }).await;
        let outside = Origin::current();

        assert_eq!(inside.request_id.as_deref(), Some("01ABC"));
        assert_eq!(outside, Origin::default());
    }
}
