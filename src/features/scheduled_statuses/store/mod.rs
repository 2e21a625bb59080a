//! SQL of scheduled statuses, of who may see them, and of who did.

pub(super) mod people;
pub(super) mod progress;
pub(super) mod statuses;
pub(super) mod viewers;

pub use statuses::ScheduledStatusQuery;
