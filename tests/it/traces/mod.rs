//! Traces, and the log's lines of them, as an operator receives them.

mod context;
mod exporting;
mod private;
mod serving;
mod slow;
mod ways;
