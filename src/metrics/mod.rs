//! Metrics: what an operator watches, as numbers that Prometheus reads.
//!
//! ```text
//! where a thing happens -> one line on a field of Table -> Registry -> Metrics::to_text -> GET /metrics
//! what only the database or the disk knows -> read at a scrape by app -> a Reading, absent while it is not known
//! ```
//!
//! [`Table`] defines every metric, with its description; `deploy/METRICS.md` lists them, and a test holds the two together.
//! Each server has its own [`Metrics`], in its [`Core`](crate::work::Core).
//!
//! # Never
//!
//! - Never a label that holds an id, a name, a number of a phone or anything that a user or a sender chooses: each label has
//!   few values, all of them ours.
//! - Never a number that is guessed: what is not known is absent.

mod commit_time;
mod instruments;
mod table;

pub use commit_time::{Commit, note_commit, with_commits};
pub use instruments::{Counter, CounterBy, Gauge, Held, Histogram, HistogramBy, Reading, ReadingBy, Timer};
pub use table::{Metrics, Table};
