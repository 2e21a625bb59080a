use std::fmt;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// The length of a `traceparent`.
const LENGTH: usize = 55;

/// The place of a span in a trace: two ids, and whether the trace is exported. As text it is a `traceparent`, see
/// <https://www.w3.org/TR/trace-context/>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceContext {
    trace: TraceId,
    span: SpanId,
    flags: TraceFlags,
}

impl TraceContext {
    /// The place of the current span; none where nothing is traced.
    pub fn current() -> Option<Self> {
        Self::of(&Span::current())
    }

    /// The place of `span`; none where nothing is traced.
    pub fn of(span: &Span) -> Option<Self> {
        Self::in_context(&span.context())
    }

    /// The place that `context` of the library names.
    pub(super) fn in_context(context: &Context) -> Option<Self> {
        let span = context.span();
        let place = span.span_context();
        place.is_valid().then(|| Self {
            trace: place.trace_id(),
            span: place.span_id(),
            flags: place.trace_flags(),
        })
    }

    /// Parses a `traceparent`; none when it is malformed.
    pub fn parse(text: &str) -> Option<Self> {
        let (known, more) = text.split_at_checked(LENGTH)?;
        let mut parts = known.split('-');
        let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let lengths = [version, trace, span, flags].map(str::len);
        let is_hexadecimal = |part: &str| part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let is_formed = parts.next().is_none()
            && lengths == [2, 32, 16, 2]
            && [version, trace, span, flags].into_iter().all(is_hexadecimal);
        // A later version may have more parts.
        let ends_well = more.is_empty() || version != "00" && more.starts_with('-');
        if !is_formed || !ends_well || version == "ff" {
            return None;
        }
        let (trace, span) = (TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?);
        let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?) & TraceFlags::SAMPLED;
        (trace != TraceId::INVALID && span != SpanId::INVALID).then_some(Self { trace, span, flags })
    }

    /// The id of the trace, in hexadecimal.
    pub fn trace_id(&self) -> impl fmt::Display + use<> {
        self.trace
    }

    /// The id of the span, in hexadecimal.
    pub fn span_id(&self) -> impl fmt::Display + use<> {
        self.span
    }

    /// Makes `span`, which has not begun, a child of this place: exported if that is.
    pub fn continue_in(self, span: &Span) {
        // Where nothing is traced, there is nothing to continue.
        let _ = span.set_parent(Context::new().with_remote_span_context(self.to_library()));
    }

    /// Names this place in `span`, which stays in a trace of its own.
    pub fn link_to(self, span: &Span) {
        span.add_link(self.to_library());
    }

    fn to_library(self) -> SpanContext {
        SpanContext::new(self.trace, self.span, self.flags, true, TraceState::NONE)
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "00-{}-{}-{:02x}", self.trace, self.span, self.flags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceparent_is_read_and_written() {
        let text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

        let context = TraceContext::parse(text).unwrap();

        assert_eq!(context.to_string(), text);
        assert_eq!(context.trace_id().to_string(), "0af7651916cd43dd8448eb211c80319c");
        assert_eq!(context.span_id().to_string(), "b7ad6b7169203331");
        let later = format!("01{}-more", &text[2..]);
        assert_eq!(TraceContext::parse(&later), Some(context));
        let with_more_flags = format!("{}ff", &text[..53]);
        assert_eq!(TraceContext::parse(&with_more_flags), Some(context));
    }

    #[test]
    fn a_malformed_traceparent_is_none() {
        for text in [
            "",
            "00",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319cb-7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",
            "00-äöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäö-b7ad6b716920333-01",
        ] {
            assert_eq!(TraceContext::parse(text), None, "{text}");
        }
    }
}
