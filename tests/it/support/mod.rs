//! What tests share.

pub(crate) mod core;
pub(crate) mod database;
pub(crate) mod graphql;
pub(crate) mod websocket;
