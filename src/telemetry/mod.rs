//! The log on standard error, and traces for a receiver of the operator's.
//!
//! ```text
//! event -> levels of the log -> a line, in JSON with the ids of its trace
//! span  -> sampled? -> its end -> bounded queue -> SpanExporter::run -> OTLP over HTTP -> the receiver
//! ```
//!
//! A span is a span of `tracing`: the log has it by its level, and where traces are exported every span of `amda` down to
//! `debug` becomes a part of a trace. Without a receiver, those of `debug` cost nothing. [`TraceContext`] is the place of a
//! span in its trace, and [`Origin`] what another node is told of the request that it works for.
//!
//! # Never
//!
//! - Never a text, name, phone number, token, variable or document in a span or a line: ids, kinds, numbers and times alone.
//! - Never a wait for the receiver: what finds no room in the queue is counted and lost.

mod export;
mod log;
mod origin;
mod repeated;
mod trace_context;
mod trace_ids;

pub use export::{RunningExporter, SpanExporter};
pub use log::{TelemetryError, chain, start, subscriber};
pub use origin::{Origin, in_request};
pub use repeated::RepeatedLine;
pub use trace_context::TraceContext;
