//! SQL of scheduled statuses, their audience and their viewers.

pub(super) mod people;
pub(super) mod progress;
pub(super) mod statuses;
pub(super) mod viewers;

pub use statuses::ScheduledStatusQuery;
