//! SQL of scheduled statuses, their audience and their viewers.

pub(super) mod people;
pub(super) mod progress;
pub(super) mod statuses;
pub(super) mod unrecorded;
mod viewers;

pub use statuses::{Order, ScheduledStatusQuery, find_by_media, find_publishers};
pub(super) use viewers::VIEWERS;
