//! SQL of automatic replies, their settings, and the facts that the rule looks at.

pub(super) mod context;
pub(super) mod queued;
pub(super) mod replies;
pub(super) mod settings;
pub(super) mod statistics;
