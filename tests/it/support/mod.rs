//! What tests share.

pub(crate) mod app;
pub(crate) mod core;
pub(crate) mod darkroom;
pub(crate) mod database;
pub(crate) mod files;
pub(crate) mod graphql;
pub(crate) mod http;
pub(crate) mod linked;
pub(crate) mod mime;
pub(crate) mod postbox;
pub(crate) mod receiver;
pub(crate) mod tls;
pub(crate) mod websocket;
pub(crate) mod whatsapp;
