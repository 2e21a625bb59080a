//! Traces, and the log's lines of them, as an operator receives them.

mod exporting;
mod serving;
