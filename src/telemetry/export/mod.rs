//! Spans on their way to the receiver.

mod exporter;
mod outage;
mod presentation;
mod queue;
mod receiver;

pub use exporter::{RunningExporter, SpanExporter};
