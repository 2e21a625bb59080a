//! SQL of automatic answers, their settings, and what judging looks at.

pub(super) mod around;
pub(super) mod replies;
pub(super) mod settings;
