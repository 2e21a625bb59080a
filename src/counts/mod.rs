//!
//! ```text
//! Work::count -> Work::commit: one row per account, metric and day, with what was counted -> read by analytics
//! ```
//!
//! A count commits with the change that it counts, so each thing counts once, even when it is delivered again.

mod count;
mod metric;
mod store;

pub use count::Count;
pub use metric::Metric;

pub use store::{
    Day, MonthOfContact, Ranking, SLOT_SECONDS, SLOTS, add, add_days, add_months, add_response, days,
    responses, totals_of_contacts,
};
