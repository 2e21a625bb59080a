//! Every test from outside, in one binary: a module per feature, and the support they share.

mod ground;
mod plan;
mod row_level_security;
mod schema;
mod server;
mod simulator;
mod support;
mod users;
mod whatsapp;
mod whatsapp_store;
