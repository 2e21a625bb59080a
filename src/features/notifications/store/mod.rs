//! Rows of notifications and of what belongs to them.

pub(super) mod happened;
pub(super) mod mails;
pub(super) mod names;
pub(super) mod notices;
pub(super) mod pushes;
pub(super) mod settings;
