//! The ids of the trace in each line of a JSON log.

use std::fmt;
use std::sync::{Arc, OnceLock};

use tracing::dispatcher::{Dispatch, WeakDispatch};
use tracing::{Event, Subscriber};
use tracing_opentelemetry::get_otel_context;
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::format::{Format, Json, Writer};
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::TraceContext;

/// Finds the place of a span in its trace. As a layer it learns the subscriber that knows it.
#[derive(Debug, Clone, Default)]
pub(super) struct TraceIds(Arc<OnceLock<WeakDispatch>>);

impl<S: Subscriber> Layer<S> for TraceIds {
    fn on_register_dispatch(&self, subscriber: &Dispatch) {
        // It is registered once.
        let _ = self.0.set(subscriber.downgrade());
    }
}

/// Lines of JSON, with `trace_id` and `span_id` where they stand in a span of a trace.
#[derive(Debug)]
pub(super) struct JsonLines<T> {
    pub(super) format: Format<Json, T>,
    pub(super) ids: TraceIds,
}

impl<S, N, T> FormatEvent<S, N> for JsonLines<T>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'writer> FormatFields<'writer> + 'static,
    T: FormatTime,
{
    fn format_event(
        &self,
        ctx: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let traced = self
            .ids
            .0
            .get()
            .and_then(WeakDispatch::upgrade)
            .and_then(|subscriber| {
                ctx.event_scope()?.find_map(|span| {
                    let context = get_otel_context(&span.id(), &subscriber)?;
                    TraceContext::in_context(&context)
                })
            });
        let Some(place) = traced else {
            return self.format.format_event(ctx, writer, event);
        };
        let mut line = String::new();
        self.format.format_event(ctx, Writer::new(&mut line), event)?;
        let rest = line.strip_prefix('{').unwrap_or(&line);
        let (trace, span) = (place.trace_id(), place.span_id());
        write!(writer, "{{\"trace_id\":\"{trace}\",\"span_id\":\"{span}\",{rest}")
    }
}
