//! SQL of scheduled statuses, their audience and their viewers.

pub(super) mod people;
pub(super) mod progress;
pub(super) mod statuses;
mod viewers;

pub use statuses::{Order, ScheduledStatusQuery, find_by_media};
pub(super) use viewers::VIEWERS;
