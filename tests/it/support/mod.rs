//! What tests share.

pub(crate) mod core;
pub(crate) mod database;
