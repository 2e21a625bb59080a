//! The recording of WhatsApp's events: one batch of events, one transaction.
//!
//! ```text
//! BEGIN -> write what the WhatsApp library changed -> record the messages -> each feature, in order -> number the events
//!       -> COMMIT -> publish
//! ```
//!
//! Only after that does the session acknowledge the batch to WhatsApp, so a crash anywhere here costs a redelivery
//! and nothing else. When a feature fails, the whole batch is rolled back.

mod feature_times;
mod recording;
mod steps;

pub use recording::{Pipeline, PipelineError};
