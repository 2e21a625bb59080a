use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use tokio::sync::mpsc;

/// Number of spans that may wait for the receiver. More are lost, and counted.
pub(super) const CAPACITY: usize = 8_192;

/// The sending end of the queue of spans that ended.
#[derive(Debug)]
pub(super) struct SpanQueue {
    spans: mpsc::Sender<SpanData>,
    lost: Arc<AtomicU64>,
}

/// The receiving end.
#[derive(Debug)]
pub(super) struct EndedSpans {
    pub(super) spans: mpsc::Receiver<SpanData>,
    lost: Arc<AtomicU64>,
}

/// An empty queue.
pub(super) fn queue() -> (SpanQueue, EndedSpans) {
    let (sender, spans) = mpsc::channel(CAPACITY);
    let lost = Arc::new(AtomicU64::new(0));
    let queue = SpanQueue {
        spans: sender,
        lost: Arc::clone(&lost),
    };
    (queue, EndedSpans { spans, lost })
}

impl EndedSpans {
    /// The number of spans that found no room since this was asked last.
    pub(super) fn take_lost(&self) -> u64 {
        self.lost.swap(0, Ordering::Relaxed)
    }
}

impl SpanProcessor for SpanQueue {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() && self.spans.try_send(span).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}
