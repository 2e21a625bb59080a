//! Rows of notifications and of what belongs to them.

pub(super) mod mails;
pub(super) mod notices;
pub(super) mod pushes;
pub(super) mod recipient;
pub(super) mod settings;
pub(super) mod template_data;
