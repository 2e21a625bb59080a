//! What tests share.

pub(crate) mod app;
pub(crate) mod choices;
pub(crate) mod core;
pub(crate) mod database;
pub(crate) mod fetcher;
pub(crate) mod files;
pub(crate) mod graphql;
pub(crate) mod http;
pub(crate) mod issuer;
pub(crate) mod kept;
pub(crate) mod mime;
pub(crate) mod observer;
pub(crate) mod outbox;
pub(crate) mod questions;
pub(crate) mod receiver;
pub(crate) mod schedules;
pub(crate) mod scrape;
pub(crate) mod smtp;
pub(crate) mod statements;
pub(crate) mod tls;
pub(crate) mod websocket;
pub(crate) mod whatsapp;
pub(crate) mod worker;
pub(crate) mod world;
