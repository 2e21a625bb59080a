//! SQL of statuses, likes and their settings.

pub(super) mod before_arrival;
pub(super) mod counters;
pub(super) mod likes;
pub(super) mod posted;
pub(super) mod settings;
pub(super) mod statuses;
mod viewers;

pub(super) use viewers::VIEWERS;
