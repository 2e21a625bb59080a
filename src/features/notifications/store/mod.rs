//! Rows of notifications and of what belongs to them.

pub(super) mod happened;
pub(super) mod names;
pub(super) mod notices;
pub(super) mod settings;
